"""A selection of devices, as a function of what the directory and presence say of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fleet.registry.connection import Connection, Connections
from fleet.registry.device_row import DeviceRow

Test = Callable[[DeviceRow, Connection | None], bool]
"""Whether a device is meant. The connection is None for one that has never been connected."""


@dataclass(frozen=True)
class Selection:
    """Which devices are meant. `needs_connections`: the answer depends on their connections, which have to be given."""

    test: Test = field(repr=False)
    needs_connections: bool = False

    def matches(self, row: DeviceRow, connections: Connections | None = None) -> bool:
        """Whether this device is meant. ValueError when connections are needed and not given."""
        return self.test(row, given(connections).get(row.id) if self.needs_connections else None)

    def among(self, rows: Iterable[DeviceRow], connections: Connections | None = None) -> list[DeviceRow]:
        """Those of the devices that are meant, in their order. ValueError when connections are needed and not given."""
        test = self.test
        if not self.needs_connections:
            return [row for row in rows if test(row, None)]
        known = given(connections)
        return [row for row in rows if test(row, known.get(row.id))]


@dataclass(frozen=True)
class Query(Selection):
    """An advanced query. `document` is the query as it was given."""

    document: Mapping[str, Any] = field(default_factory=dict)


def given(connections: Connections | None) -> Connections:
    """The connections. ValueError when nobody has read them: then no device would ever have been connected."""
    if connections is None:
        raise ValueError("the connections of the devices have not been read")
    return connections


def union(*selections: Selection) -> Selection:
    """What one of them means, or more than one; of none, nothing."""
    return Selection(any_of([each.test for each in selections]), any(each.needs_connections for each in selections))


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
