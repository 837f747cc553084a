"""The documents: each is in an index, links and paths lead somewhere, tables are tables, the README counts routes and names rooms."""

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
_TABLE = re.compile(r"(?:^ *\|.*\n?)+", re.MULTILINE)
_DELIMITERS = re.compile(r"^ *\|[\s:|-]+\|$")
_ROOMS = re.compile(r"^The core, `layers/fleet/python/fleet`, .*?(?=\n\n)", re.MULTILINE | re.DOTALL)
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


def broken_tables(page: str) -> list[str]:
    """The first lines of tables that Markdown may show as text: no delimiters in the second line, or text just before or behind."""
    return [
        table[0].splitlines()[0]
        for table in _TABLE.finditer(page)
        if not _DELIMITERS.match("".join(table[0].splitlines()[1:2])) or not _stands_alone(page[: table.start()], page[table.end() :])
    ]


def _stands_alone(before: str, after: str) -> bool:
    return not "".join(before.splitlines()[-1:]).strip() and not "".join(after.splitlines()[:1]).strip()


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

    def test_its_tables_are_tables(self, page: Path) -> None:
        assert broken_tables(text(page)) == []


TABLE = "| a | b |\n|---|:-:|\n| 1 | 2 |\n"


@pytest.mark.parametrize("page", [TABLE, f"Before.\n\n{TABLE}\nAfter.\n", f"* A point:\n\n  {TABLE[:-1]}"])
def test_a_table_stands_alone_with_delimiters(page: str) -> None:
    assert broken_tables(page) == []


@pytest.mark.parametrize("page", ["| a | b |\n| 1 | 2 |\n", "| a | b |\n", f"Before.\n{TABLE}", f"{TABLE}After.\n"])
def test_lines_that_are_no_table_are_found(page: str) -> None:
    assert broken_tables(page) == ["| a | b |"]


def test_the_readme_names_every_room_of_the_core() -> None:
    """In "Layout", in backticks; `fleet` itself and files have a slash or a dot."""
    said = _ROOMS.search((ROOT / "README.md").read_text())
    assert said
    named = re.findall(r"`([a-z_]+)`", said[0].partition(". In a room ")[0])
    assert sorted(named) == sorted(path.parent.name for path in (ROOT / "layers/fleet/python/fleet").glob("*/__init__.py"))


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
