"""The parts of a link (media.md 1). Any text is taken: one that leads nowhere is not found."""

from __future__ import annotations

from edge.shape import Strict


class FilePath(Strict):
    name: str


class LinkQuery(Strict):
    s: str = ""
