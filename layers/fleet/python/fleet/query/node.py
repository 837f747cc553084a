"""Reading a document from the outside to the inside: where each value is, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass, field
from typing import Any

from fleet.errors import Invalid, Place, Problem

MOST_ENTRIES = 100
"""Entries of any array of a query."""
MOST_MEMBERS = 20_000
"""Members of all objects of a query together, an empty object as one: each may cost some tenths of a microsecond for each device."""
_MOST_PROBLEMS = 100
_LONGEST_NAME = 255
"""Characters of a name that a problem's place repeats."""
_HALF_A_PAIR = re.compile("[\ud800-\udfff]")


def no_hint(name: str) -> str:
    """Nothing, of any name."""
    return ""


@dataclass
class Reading:
    """The reading of one document: the problems found so far, how many members were read, and whether it asks for connections."""

    problems: list[Problem] = field(default_factory=list)
    members: int = 0
    needs_connections: bool = False

    def check(self) -> None:
        """Invalid, with all problems in the order of the document."""
        if self.problems:
            raise Invalid(*self.problems)


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a document, and its place in it. Methods that find something wrong note it, and return what can be read on."""

    value: Any
    place: Place
    reading: Reading

    def refuse(self, message: str = "", kind: str = "rule", **context: Any) -> None:
        """Note a problem with this value. Beyond a hundred, none is noted."""
        if len(self.reading.problems) < _MOST_PROBLEMS:
            self.reading.problems.append(Problem(self.place, message, kind, context))

    def at(self, part: str | int) -> Node:
        """A member or an entry of this value."""
        return Node(self.value[part], (*self.place, part[:_LONGEST_NAME] if isinstance(part, str) else part), self.reading)

    def members(self, known: Container[str], hint: Callable[[str], str] = no_hint) -> Iterator[tuple[str, Node]]:
        """The members of an object that are known, with their names; `hint` says of others what is meant, if it knows.

        Invalid at once when the document has too many.
        """
        if not isinstance(self.value, dict):
            self.refuse(kind="object")
            return
        self.reading.members += len(self.value) or 1
        if self.reading.members > MOST_MEMBERS:
            self.refuse(f"is too large: at most {MOST_MEMBERS} members are read")
            self.reading.check()
        for name in self.value:
            if name in known:
                yield name, self.at(name)
            else:
                self._refuse_member(name, hint(name))

    def _refuse_member(self, name: str, hint: str) -> None:
        if is_unicode(name):
            self.at(name).refuse(hint and f"is not known here: {hint}", kind="extra_forbidden")
        else:
            self.refuse(kind="string_unicode")

    def entries(self) -> list[Node]:
        """The entries of an array of at most a hundred."""
        if not isinstance(self.value, list):
            self.refuse(kind="list_type")
        elif len(self.value) > MOST_ENTRIES:
            self.refuse(kind="too_long", max_length=MOST_ENTRIES, field_type="List")
        else:
            return [self.at(number) for number in range(len(self.value))]
        return []

    def text(self, shortest: int = 0, longest: int | None = None) -> str | None:
        """A text of so many code points, or None if it is none."""
        if not isinstance(self.value, str):
            self.refuse(kind="string_type")
        elif not is_unicode(self.value):
            self.refuse(kind="string_unicode")
        elif len(self.value) < shortest:
            self.refuse(kind="string_too_short", min_length=shortest)
        elif longest is not None and len(self.value) > longest:
            self.refuse(kind="string_too_long", max_length=longest)
        else:
            return self.value
        return None


def is_unicode(text: str) -> bool:
    """Whether UTF-8 can hold a text: it has no half of a surrogate pair."""
    return not _HALF_A_PAIR.search(text)
