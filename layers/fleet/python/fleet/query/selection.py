"""A selection of devices, as a function of what the directory and presence say of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fleet.errors import Invalid, Place, Problem
from fleet.registry.connection import Connection, Connections
from fleet.registry.device_row import DeviceRow

Test = Callable[[DeviceRow, Connection | None], bool]
"""Whether a device is meant. The connection is None for one that has never been connected."""


LONGEST = 8.0
"""Seconds for which devices are judged. A legal query has up to 20,000 conditions, and a device up to 256 attributes for each of them:
no request and no job would ever end.
"""


@dataclass(frozen=True)
class Selection:
    """Which devices are meant. `needs_connections`: the answer depends on their connections, which have to be given.

    `place` is where it is in what was sent.
    """

    test: Test = field(repr=False)
    needs_connections: bool = False
    place: Place = field(default=("query",), kw_only=True)

    def matches(self, row: DeviceRow, connections: Connections | None = None) -> bool:
        """Whether this device is meant. ValueError when connections are needed and not given."""
        return self.test(row, given(connections).get(row.id) if self.needs_connections else None)

    def among(self, rows: Iterable[DeviceRow], connections: Connections | None = None, longest: float = LONGEST) -> list[DeviceRow]:
        """Those of the devices that are meant, in their order. ValueError when connections are needed and not given.

        Invalid when it takes longer than this (seconds).
        """
        test, timed = self.test, self._timed(rows, longest)
        if not self.needs_connections:
            return [row for row in timed if test(row, None)]
        known = given(connections)
        return [row for row in timed if test(row, known.get(row.id))]

    def _timed(self, rows: Iterable[DeviceRow], longest: float) -> Iterator[DeviceRow]:
        """The devices, as long as there is time to judge them."""
        clock = time.monotonic
        end = clock() + longest
        for row in rows:
            if clock() > end:
                raise Invalid(Problem(self.place, "must have fewer conditions: it takes too long for so many devices"))
            yield row


@dataclass(frozen=True)
class Query(Selection):
    """An advanced query. `document` is the query as it was given."""

    document: Mapping[str, Any] = field(default_factory=dict)


def given(connections: Connections | None) -> Connections:
    """The connections. ValueError when nobody has read them: then no device would ever have been connected."""
    if connections is None:
        raise ValueError("the connections of the devices have not been read")
    return connections


def union(*selections: Selection, place: Place = ("query",)) -> Selection:
    """What one of them means, or more than one; of none, nothing."""
    return Selection(any_of([each.test for each in selections]), any(each.needs_connections for each in selections), place=place)


def all_of(tests: Sequence[Test]) -> Test:
    """All tests; of none, True."""
    match tests:
        case []:
            return lambda row, connection: True
        case [only]:
            return only
        case [one, two]:
            return lambda row, connection: one(row, connection) and two(row, connection)
    return lambda row, connection: all(test(row, connection) for test in tests)


def any_of(tests: Sequence[Test]) -> Test:
    """One of the tests, or more; of none, False."""
    match tests:
        case []:
            return lambda row, connection: False
        case [only]:
            return only
        case [one, two]:
            return lambda row, connection: one(row, connection) or two(row, connection)
    return lambda row, connection: any(test(row, connection) for test in tests)


def complement(test: Test) -> Test:
    """The devices that the test does not mean."""
    return lambda row, connection: not test(row, connection)
