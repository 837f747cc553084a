"""Pages of docs as scripts, with the statuses that the text says their calls answer: docs/walkthrough.md by section, others as a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

from muster.home import ROOT

_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TEXT = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CALL = re.compile(r"(?:^|; )(?:ask|reboot|wisdm|thingsee) ")
_STATUS = re.compile(r"# (\d{3})\b")
_CHANGES = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{24}\b|\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\b")
"""What is another with each run: ids and times."""


@dataclass(frozen=True)
class Section:
    """The blocks of a section, behind those that come before the first heading."""

    script: str

    @property
    def statuses(self) -> list[str]:
        """The statuses of the calls in their order: 200, or for the last call of a line the number that its comment begins with."""
        return [status for line in self.script.splitlines() for status in _statuses(line)]


def sections() -> dict[str, Section]:
    """The sections of the page that have blocks, by their headings."""
    first, *rest = re.split(r"^## ", (ROOT / "docs/walkthrough.md").read_text(), flags=re.MULTILINE)
    begun = "".join(_BLOCK.findall(first))
    return {part.partition("\n")[0]: Section(begun + "".join(_BLOCK.findall(part))) for part in rest if _BLOCK.search(part)}


def whole(page: str) -> Section:
    """All blocks of a page of docs."""
    return Section("".join(_BLOCK.findall((ROOT / "docs" / page).read_text())))


def missing(page: str, output: str) -> list[str]:
    """The lines that a page shows as output (```text) and that are not in this one, apart from ids and times. … stands for any end."""
    printed = _CHANGES.sub("*", output).splitlines()
    shown = [_CHANGES.sub("*", line) for text in _TEXT.findall((ROOT / "docs" / page).read_text()) for line in text.splitlines()]
    return [line for line in shown if not any(_matches(line, other) for other in printed)]


def _matches(shown: str, printed: str) -> bool:
    return printed.startswith(shown[:-1]) if shown.endswith("…") else printed == shown


def _statuses(line: str) -> list[str]:
    answered = ["200"] * len(_CALL.findall(line))
    if answered and (said := _STATUS.search(line)):
        answered[-1] = said[1]
    return answered
