"""The runbooks: what an operator does when something has to happen at once has a page, which says how to undo it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from muster.home import ROOT
from tests.architecture.test_documents import links

INDEX = ROOT / "docs/runbooks/README.md"
VERBS = {
    "gateway": ("block", "unblock", "rekey", "unprovision"),
    "user": ("disable", "enable", "password", "authenticator", "sign-out"),
    "organization": ("disable", "enable", "plan"),
    "secret": ("rotate",),
    "token": ("revoke",),
    "outbox": ("list", "retry"),
    "job": ("list", "show", "retry"),
}
COMMANDS = [f"muster {noun} {verb}" for noun, verbs in VERBS.items() for verb in verbs]
"""What takes something away at once, or gives it back."""


def pages() -> list[Path]:
    """The pages that the index lists."""
    return [page for page, _ in links(INDEX)]


def steps(page: Path) -> str:
    """What a page is about: its command, how to undo it, and the rows of its tables. Not what it only mentions."""
    return "\n".join(part for part in page.read_text().split("\n\n") if part.startswith(("**Command:**", "**Undo:**", "|")))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_that_acts_at_once_has_a_page(command: str) -> None:
    assert [page for page in pages() if re.search(rf"`{command}[` ]", steps(page))]


def test_every_page_says_what_happens_at_once_what_does_not_and_how_to_undo_it() -> None:
    for page in pages():
        for part in ("When", "At once", "Not", "Undo"):
            assert re.search(rf"^\*\*{part}:\*\*|\| {part.lower()} \|", page.read_text(), re.MULTILINE), (page.name, part)
