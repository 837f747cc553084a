"""Notes: objects of a test's own with a directory, and a plain dictionary of them to hold it against."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from fleet.access import EVERYWHERE
from fleet.aws.writes import transact
from fleet.directory.directory import Directory
from tests.harness.directories import SMALL, Note

OWNER = "b8a1f5e2c3d4a5b6c7d8e9f0"
NOTES = Directory("note", Note, SMALL)


def note(number: int, version: int = 1, text: str = "") -> Note:
    return Note(f"{1_700_000_000_000_000 + number * 1000:016}#{number:024x}", version, text or f"note {number}")


@dataclass
class Oracle:
    """The objects as they are, by their numbers; what happens to them is written as a store of objects does."""

    chance: random.Random
    there: dict[int, Note] = field(default_factory=dict)
    gone: dict[int, Note] = field(default_factory=dict)
    next: int = 0

    @property
    def rows(self) -> list[Note]:
        return sorted(self.there.values())

    def act(self) -> None:
        self.chance.choice([self.create, self.create, self.change, self.change, self.delete, self.restore])()

    def create(self) -> None:
        self.put(self.next, note(self.next))
        self.next += 1

    def change(self) -> None:
        if self.there:
            number, before = self.chance.choice(list(self.there.items()))
            text = self.chance.choice(["short", f"{self.chance.getrandbits(900):x}", f"text {before.version}"])
            self.put(number, before._replace(version=before.version + 1, text=text))

    def delete(self) -> None:
        if self.there:
            number = self.chance.choice(list(self.there))
            before = self.there.pop(number)
            self.gone[number] = before._replace(version=before.version + 1)
            transact(NOTES.gone_writes(EVERYWHERE, OWNER, before.order, before.version + 1))

    def restore(self) -> None:
        if self.gone:
            number, before = self.chance.choice(list(self.gone.items()))
            del self.gone[number]
            self.put(number, before._replace(version=before.version + 1))

    def put(self, number: int, row: Note) -> None:
        self.there[number] = row
        transact(NOTES.put_writes(EVERYWHERE, OWNER, row))
