"""Items that are read together with the credential: each is checked, and none is visible to another organization.

An item may be ignored when another one of its partition is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from typing import Any

import pytest

from edge.entry import Entry
from fleet.access import Reach
from fleet.aws.reads import Found, Read, owned
from fleet.aws.table import Item, Key
from fleet.errors import NotFound
from tests.suite.outcomes import shown
from tests.suite.routes import every_route, name
from tests.suite.world import fresh

LOADING = [entry for entry in every_route() if entry.route.loads or entry.route.parent]


STRANGER = Reach.of("f" * 24)
"""The reach of another organization."""


class Watched(Found):
    """Found items that record which of them are looked up."""

    def __init__(self) -> None:
        self.found, self.sought = Found(), dict[Key, Item | None]()

    def __getitem__(self, key: Key) -> Item | None:
        self.sought[key] = self.found[key]
        return self.sought[key]


def watching(loads: Callable[..., Read[Any]], watched: Watched, asked: set[Key]) -> Callable[..., Read[Any]]:
    """The same ask, whose keys are noted, and whose items are looked for in `watched`."""

    @wraps(loads)
    def ask(**parts: Any) -> Read[Any]:
        made = loads(**parts)
        asked.update(made.keys)

        def read(reach: Any, found: Found) -> Any:
            with pytest.raises(NotFound):
                made.parse(STRANGER, _seen_by_a_stranger(made.keys, reach, found))
            watched.found = found
            return made.parse(reach, watched)

        return Read(made.keys, read)

    return ask


def _seen_by_a_stranger(keys: Sequence[Key], reach: Reach, found: Found) -> Found:
    """What a stranger's request brings: the same items, as far as its keys do not name the caller's own organization."""
    theirs, ours = owned(keys, STRANGER.only), owned(keys, reach.only)
    return Found(theirs, {key: item for key in set(theirs) & set(ours) if (item := found[key])})


def spying(entry: Entry, watched: Watched, asked: set[Key]) -> Entry:
    """The entry with both of its loaders watched."""
    loads, parent = (loader and watching(loader, watched, asked) for loader in (entry.route.loads, entry.route.parent))
    return entry.copy(replace(entry.route, loads=loads, parent=parent))


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("entry", LOADING, ids=name)
def test_what_is_read_is_looked_at_and_is_not_found_by_a_stranger(entry: Entry) -> None:
    world, watched, asked = fresh(), Watched(), set[Key]()
    answer = world.call(spying(entry, watched, asked))
    assert answer.status == entry.route.status, shown(answer)
    assert asked
    ignored = set(owned(list(asked), world.organization.id)) - watched.sought.keys()
    missing = {partition for (partition, _), item in watched.sought.items() if item is None}
    assert {key for key in ignored if key[0] not in missing} == set()
