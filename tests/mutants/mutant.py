"""A mutant: a fault in one file of the product, and the tests that must detect it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """A fault of the product.

    `changes` maps texts that occur exactly once in `file` to what replaces them. `tests` are folders or files of tests,
    `only` an expression for pytest's `-k` that selects some of them.
    """

    name: str
    file: str
    changes: Mapping[str, str]
    tests: tuple[str, ...]
    only: str = ""

    def applied(self, source: str) -> str:
        """The source of the file with the fault. Raises ValueError when a text to replace does not occur exactly once."""
        for before, after in self.changes.items():
            if source.count(before) != 1:
                raise ValueError(
                    f"{self.name}: {self.file} must have {before!r} once, and has it {source.count(before)} times: renew the entry"
                )
            source = source.replace(before, after)
        return source
