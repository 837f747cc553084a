"""The blocks of code and commands of a page, to follow it to the letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

BLOCK = re.compile(
    r"(?:^ *`(?P<file>[^`\n]+)`:\n\n)?^(?P<indent> *)```(?P<kind>\w+)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """A block of the page, and the file that the line before it names; commands have none."""

    kind: str
    text: str
    file: str | None


def blocks(page: str) -> Iterator[Block]:
    """The blocks of the page in their order."""
    for found in BLOCK.finditer(page):
        text = "".join(line.removeprefix(found["indent"]) for line in found["text"].splitlines(keepends=True))
        yield Block(found["kind"], text, found["file"])
