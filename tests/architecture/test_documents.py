"""The documents: each is in an index, every link and path leads somewhere, and the README counts the routes that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from muster.dialects import DIALECTS
from muster.home import ROOT
from tests.architecture.source import routes, without_blocks

DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
INDEXES = sorted(DOCS.rglob("README.md"))
"""Each lists the pages of its folder, and of the folders below that have no index of their own."""
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_PATH = re.compile(r"`((?:benchmarks|docs|functions|infra|layers|tests|fleet|edge)/[\w./-]*)`")
_COUNTED = re.compile(r"^\| [^|]+ \| (\d+) \| \[[^\]]*\]\(docs/openapi/(\w+)\.json\)", re.MULTILINE)
NOT_THERE_YET = {
    "functions/wisdm/gateway/echo.py",
    "layers/dialects/wisdm/python/wisdm/shapes/echo.py",
    "tests/contract/wisdm/gateway/test_echo.py",
}
"""What add-a-route.md makes."""


def text(page: Path) -> str:
    """A page without its blocks of code."""
    return without_blocks(page.read_text())


def links(page: Path) -> list[tuple[Path, str]]:
    """The places inside the project that a page links to, each with its anchor or an empty one."""
    found = [link.partition("#") for link in _LINK.findall(text(page)) if not re.match(r"[a-z]+:", link)]
    return [((page.parent / path).resolve() if path else page, anchor) for path, _, anchor in found]


def anchors(page: Path) -> set[str]:
    """What the headings of a page are called in links."""
    headings = re.findall(r"^#+ (.*)$", text(page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def pages_of(index: Path) -> set[Path]:
    """The pages that an index has to list."""
    below = {other for other in INDEXES if index.parent in other.parent.parents}
    theirs = {page for other in below for page in other.parent.rglob("*.md")}
    return set(index.parent.rglob("*.md")) - {index} - theirs | below


@pytest.mark.parametrize("index", INDEXES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_an_index_lists_every_page_once(index: Path) -> None:
    listed = [path for path, _ in links(index) if path.suffix == ".md" and index.parent in path.parents]
    assert pages_of(index)
    assert sorted(listed) == sorted(pages_of(index))


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
class TestEveryPage:
    def test_its_links_lead_somewhere(self, page: Path) -> None:
        for path, anchor in links(page):
            assert path.exists(), path
            assert not anchor or anchor in anchors(path), f"{path} has no heading #{anchor}"

    def test_the_paths_it_names_are_there(self, page: Path) -> None:
        named = set(_PATH.findall(text(page))) - NOT_THERE_YET
        assert [name for name in sorted(named) if not any((root / name).exists() for root in (ROOT, ROOT / "layers/fleet/python"))] == []


def test_the_readme_counts_the_routes() -> None:
    counted = {folder: int(number) for number, folder in _COUNTED.findall((ROOT / "README.md").read_text())}
    there = [source.name.split("/")[1] for source in routes()]
    wrong = [
        f"{each.folder}: write {number}, not {counted.get(each.folder)}"
        for each in DIALECTS
        if counted.get(each.folder) != (number := there.count(each.folder))
    ]
    assert wrong == [], "the number of routes in the table of README.md, 'What there is'"
    assert counted.keys() == {each.folder for each in DIALECTS}, "README.md, 'What there is', has a line for each API"
