"""What a route has read with the credential: every item is looked at, and none is given to who may not see it.

An item may be left aside when another one of its partition is not there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any

import pytest

from edge.entry import Entry
from fleet.access import Reach
from fleet.aws.reads import Ask, Found, owned
from fleet.aws.table import Item, Key
from fleet.errors import NotFound
from tests.suite.routes import every_route, name
from tests.suite.world import fresh

LOADING = [entry for entry in every_route() if entry.route.loads]


STRANGER = Reach.of("f" * 24)
"""What another organization may see."""


@dataclass
class Watched(Mapping[Key, Item]):
    """What was found, and which keys of it are looked for."""

    found: Found = field(default_factory=dict)
    sought: set[Key] = field(default_factory=set)

    def __getitem__(self, key: Key) -> Item:
        self.sought.add(key)
        return self.found[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self.found)

    def __len__(self) -> int:
        return len(self.found)


def watching(loads: Callable[..., Ask[Any]], watched: Watched, asked: set[Key]) -> Callable[..., Ask[Any]]:
    """The same ask, whose keys are noted, and whose items are looked for in `watched`."""

    @wraps(loads)
    def ask(**parts: Any) -> Ask[Any]:
        made = loads(**parts)
        asked.update(made.keys)

        def read(reach: Any, found: Found) -> Any:
            with pytest.raises(NotFound):
                made.read(STRANGER, found)
            watched.found = found
            return made.read(reach, watched)

        return Ask(made.keys, read)

    return ask


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("entry", LOADING, ids=name)
def test_what_is_read_is_looked_at_and_is_not_found_by_a_stranger(entry: Entry) -> None:
    world, watched, asked = fresh(), Watched(), set[Key]()
    assert entry.route.loads
    spied = entry.copy(replace(entry.route, loads=watching(entry.route.loads, watched, asked)))
    assert world.call(spied).status == entry.route.status
    assert asked
    ignored = set(owned(list(asked), world.organization.id)) - watched.sought
    missing = {partition for partition, sort in watched.sought if (partition, sort) not in watched.found}
    assert {key for key in ignored if key[0] not in missing} == set()
