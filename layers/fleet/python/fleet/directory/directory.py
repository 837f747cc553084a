"""A directory: what lists of one kind of object of an organization read, in order of creation.

    DIR#<kind>#<org>   A#<name>    a segment: neighbours in order, packed
    DIR#<kind>#<org>   R#<order>   recent: an object that changed since it was last folded into a segment, as one JSON text
    DIR#<kind>#<org>   T           the spine: the segments that count, with the first order and number of rows of each

A writer puts its object's recent row and nothing else, so writers do not meet. What is recent wins over what is in a segment, unless the
segment has a later version. `fleet.directory.fold` moves recent rows into segments.

One Query reads in the order of keys, and each item as committed at that moment. So what a fold moves between two items of one answer is
seen twice if the recent rows come first, and lost if the spine does: the keys are chosen for that. A segment never changes; it is deleted
once no spine names it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.backoff import attempts
from fleet.aws.contention import AT_ONCE, batch_get
from fleet.aws.table import Item, Key
from fleet.aws.writes import Write, delete_each
from fleet.directory.contents import Contents, Slice, cut, needed
from fleet.directory.row import R, Recent, defaults, maker, packed_row
from fleet.directory.segments import DEPLOYED, Segment, Sizes, Spine, unpack
from fleet.errors import TooMany

PREFIX = "DIR#"
"""How the partition key of a directory begins."""
SPINE, RECENT, SEGMENT = "T", "R#", "A#"
"""The sort key of the spine, and those with which recent rows and segments begin. Their order matters."""
_BUSY = "Too much is being changed at once"


@dataclass(frozen=True)
class Directory(Generic[R]):
    """The directory of one kind of object. `sizes` are smaller in tests."""

    kind: str
    row: type[R]
    sizes: Sizes = DEPLOYED

    def key(self, organization: str, sort: str = SPINE) -> Key:
        return f"{PREFIX}{self.kind}#{organization}", sort

    def put_writes(self, reach: Reach, organization: str, row: R) -> list[Write]:
        """The write of a new or changed object's row, for the transaction that writes the object on condition of its former version.

        It has no condition of its own: of two writers of an object the later one is only let in after the earlier one, so a row never takes
        the place of a later one.
        """
        return [self._recent(reach, organization, row.order, row.version, {"row": {"S": packed_row(row)}})]

    def gone_writes(self, reach: Reach, organization: str, order: str, version: int) -> list[Write]:
        """The write that takes an object out of the directory, with the version with which it leaves; as in `put_writes`."""
        return [self._recent(reach, organization, order, version, {})]

    def _recent(self, reach: Reach, organization: str, order: str, version: int, attributes: Mapping[str, Any]) -> Write:
        reach.demand_change(organization, self.kind)
        return Write.put(self.key(organization, RECENT + order), {"version": {"N": str(version)}, **attributes}, None)

    def rows(self, reach: Reach, organization: str) -> list[R]:
        """All rows in order: one request for each MB of the directory, and more if it is folded meanwhile. TooMany if it is each time."""
        for _ in attempts():
            found = self.read(reach, organization, "")
            if self.complete(found, found.spine.segments, organization):
                return [row for part in found.parts() for row in found.rows(part)]
        raise TooMany(_BUSY)

    def page(self, reach: Reach, organization: str, offset: int, limit: int, *, newest_first: bool = False) -> Slice[R]:
        """A page in the order of creation, and the exact number of all rows: two requests, and more only for what many recent rows are in.

        TooMany if it is folded each time that it is read.
        """
        for _ in attempts():
            found = self.read(reach, organization, RECENT)
            parts = found.parts()[:: -1 if newest_first else 1]
            if self.complete(found, list(needed(parts, offset, limit)), organization):
                return cut(found, parts, offset, limit, newest_first)
        raise TooMany(_BUSY)

    def forget(self, reach: Reach, organization: str) -> None:
        """Delete the directory of an organization that has no such objects any more, and gets none."""
        reach.demand_change(organization, self.kind)
        pk, _ = self.key(organization)
        delete_each(table.query(reach, organization, self.kind, "pk = :pk", {"pk": pk}))

    def read(self, reach: Reach, organization: str, since: str, most: int | None = None) -> Contents[R]:
        """What one Query finds from a sort key on, which is RECENT, or "" for the segments too.

        With `most`, which is for RECENT, no more rows are read than that, however many are recent: then the spine takes another Query.
        """
        found, packed = Contents[R](), dict[str, bytes]()
        _, spine = self.key(organization)
        for item in self._items(reach, organization, since, most):
            sort = item["sk"]["S"]
            if sort == spine:
                found.spine = Spine.unpacked(int(item["generation"]["N"]), item["packed"]["B"])
            elif sort.startswith(RECENT):
                found.recent.append(self._parsed(sort.removeprefix(RECENT), item))
            else:
                packed[sort.removeprefix(SEGMENT)] = item["packed"]["B"]
        named = {each.key for each in found.spine.segments}
        found.segments = {name: unpack(each, self.row) for name, each in packed.items() if name in named}
        return found

    def _items(self, reach: Reach, organization: str, since: str, most: int | None) -> Iterator[Item]:
        pk, spine = self.key(organization)
        condition, values = ("pk = :pk AND sk >= :since", {"since": since}) if since else ("pk = :pk", {})
        number = 0
        for item in table.query(reach, organization, self.kind, condition, {"pk": pk, **values}, limit=most):
            number += 1
            yield item
        if number == most:
            yield from table.query(reach, organization, self.kind, "pk = :pk AND sk = :spine", {"pk": pk, "spine": spine})

    def complete(self, found: Contents[R], wanted: Sequence[Segment], organization: str) -> bool:
        """Fetch the segments that are wanted and not there; False when one is gone: the directory was folded after the spine was read."""
        lacking = [self.key(organization, SEGMENT + each.key) for each in wanted if each.key not in found.segments]
        for start in range(0, len(lacking), AT_ONCE):
            for item in batch_get(table.table(), [table.key(pair) for pair in lacking[start : start + AT_ONCE]]):
                found.segments[item["sk"]["S"].removeprefix(SEGMENT)] = unpack(item["packed"]["B"], self.row)
        return all(each.key in found.segments for each in wanted)

    def _parsed(self, order: str, item: Item) -> Recent[R]:
        version = int(item["version"]["N"])
        if "row" not in item:
            return Recent(order, version, None)
        values = json.loads(item["row"]["S"])
        return Recent(order, version, maker(self.row)([*values, *defaults(self.row, len(values))]))
