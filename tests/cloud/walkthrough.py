"""docs/walkthrough.md as scripts: one for each section, with the statuses that the text says its calls answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from muster.home import ROOT

_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CALL = re.compile(r"(?:^|; )(?:ask|reboot) ")
_STATUS = re.compile(r"# (\d{3})\b")


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


def _statuses(line: str) -> list[str]:
    answered = ["200"] * len(_CALL.findall(line))
    if answered and (said := _STATUS.search(line)):
        answered[-1] = said[1]
    return answered
