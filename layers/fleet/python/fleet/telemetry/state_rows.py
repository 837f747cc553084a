"""The rows of the state of devices: each value is one, and a row a device has the newest value of each attribute.

    STATE#<device>   <attribute>#<Unix ms, 15 digits>#<arrival, 20 digits>.<version, 9 digits>   a value
    NOW#<device>     NOW                                                                         the newest of each, in `=<attribute>`

The version is that of the device in which the attribute of this name is the one that is meant: a value that follows its attribute to
another name gets the version that renamed it. The end of a value's sort key is its *mark*: of two values of an attribute, the one with the
greater mark is the newer one. NOW has the marks, and each value that is short; a longer one is read from its own row, so that 256
attributes of any length fit into NOW.
A value's row is written before NOW is. NOW is only ever moved on: an attribute is replaced where its mark is smaller, on condition of that
alone, so that it does not matter in which order reports come, or whether at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

from fleet.aws import series_rows
from fleet.aws.contention import AT_ONCE
from fleet.aws.series_rows import Key, Row

T = TypeVar("T")
UNKNOWN = "0"
"""The mark, below all others, of an attribute whose newest values are being deleted: what remains is not known yet."""


@dataclass(frozen=True)
class Newest:
    """What NOW has of an attribute: the mark, and the value's JSON unless it is long."""

    mark: str
    text: str | None = None

    @property
    def at(self) -> int:
        return int(self.mark.partition("#")[0])

    @property
    def arrival(self) -> str:
        return self.mark.partition("#")[2]

    @property
    def stored(self) -> Any:
        return {"M": {"m": {"S": self.mark}, **({} if self.text is None else {"v": {"S": self.text}})}}


def values_of(device: str) -> str:
    """The partition with the values of a device."""
    return f"STATE#{device}"


def now_of(device: str) -> Key:
    """The key of NOW."""
    return f"NOW#{device}", "NOW"


def parse(row: Row) -> dict[str, Newest]:
    """What a row NOW has, by attribute."""
    entries = {name[1:]: attribute["M"] for name, attribute in row.items() if name.startswith("=")}
    return {name: Newest(entry["m"]["S"], entry["v"]["S"] if "v" in entry else None) for name, entry in entries.items()}


def entries_of(wanted: Mapping[str, Collection[str]]) -> Iterator[tuple[str, str, Newest]]:
    """What NOW has of the attributes that are wanted: device, attribute, entry. It is read for a hundred devices at a time."""
    for devices in portions((device for device, names in wanted.items() if names), AT_ONCE):
        states = series_rows.many(map(now_of, devices))
        for device in devices:
            entries = parse(states.get(now_of(device), {}))
            yield from ((device, name, entries[name]) for name in wanted[device] if name in entries)


def portions(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """The values, so many at a time."""
    rest = iter(values)
    while portion := list(islice(rest, size)):
        yield portion
