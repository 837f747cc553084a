"""Directories with rows of a test's own, loaded without requests, and reads and folds that something happens in between."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.directory.contents import Contents
from fleet.directory.directory import RECENT, SEGMENT, Directory
from fleet.directory.rearrange import rearranged
from fleet.directory.row import R, Recent
from fleet.directory.segments import Sizes, Spine, unpack
from fleet.registry.device_row import DeviceRow
from tests.harness.aws import partition, put

SMALL = Sizes(rows=8, packed=400, recent=12, taken=20, sweep=2)
"""What a test can fill."""


class Note(NamedTuple):
    """The smallest row with something to say."""

    order: str
    version: int
    text: str


class Crash(Exception):
    """The function ends here."""


def load(directory: Directory[R], organization: str, rows: Sequence[R]) -> None:
    """Store rows in a new directory as a fold leaves them, without a request."""
    put("FleetTable", packed(directory, organization, rows))


def packed(directory: Directory[R], organization: str, rows: Sequence[R]) -> list[dict[str, Any]]:
    """The items of a new directory with these rows, as a fold leaves them."""
    following = rearranged(Contents([Recent(row.order, row.version, row) for row in rows]), directory.sizes)
    items = [{"sk": {"S": SEGMENT + name}, "packed": {"B": packed}} for name, packed in following.packed.items()]
    pk, sk = directory.key(organization)
    spine = {"sk": {"S": sk}, "generation": {"N": str(following.spine.generation)}, "packed": {"B": following.spine.packed()}}
    return [{"pk": {"S": pk}, **item} for item in (*items, spine)]


def listed(pk: str) -> list[Any]:
    """The rows of a directory of devices, however they are stored, read without a request."""
    recent, spine, segments = list[Recent[DeviceRow]](), Spine(), dict[str, Any]()
    for item in partition("FleetTable", pk):
        if "packed" in item:
            segments[item["sk"]["S"]] = bytes(item["packed"]["B"])
        elif item["sk"]["S"].startswith(RECENT):
            row = DeviceRow(*json.loads(item["row"]["S"])) if "row" in item else None
            recent.append(Recent(item["sk"]["S"].removeprefix(RECENT), int(item["version"]["N"]), row))
        if "generation" in item:
            spine = Spine.unpacked(int(item["generation"]["N"]), segments[item["sk"]["S"]])
    unpacked: dict[str, Sequence[DeviceRow]] = {each.key: unpack(segments[SEGMENT + each.key], DeviceRow) for each in spine.segments}
    contents = Contents(recent, spine, unpacked)
    return [row for part in contents.parts() for row in contents.rows(part)]


def device_rows(count: int) -> list[DeviceRow]:
    """Rows of devices as they often are: a name, two tags, four attributes, a TUID; the same for the same number."""
    chance, created = random.Random(count), 1_735_689_600_000_000
    rows = []
    for number in range(count):
        created += chance.randrange(1, 3_000_000_000)
        id = f"{created // 10**6:08x}{chance.getrandbits(64):016x}"
        tags = [["site", f"site {chance.randrange(20)}"], ["floor", str(chance.randrange(5))]]
        attributes = [["temperature", "number"], ["humidity", "number"], ["battery", "number"], ["location", "gps"]]
        rows.append(
            DeviceRow(
                order=f"{created:016}#{id}",
                version=chance.randrange(1, 9),
                name=f"Device {number} hall {chance.randrange(40)}",
                device_class="floating",
                updated=created // 1000 + chance.randrange(10**9),
                deleted=None,
                gateway=None,
                parent=None,
                ancestors=[],
                tags=tags,
                attributes=attributes,
                sn=None,
                tuid=f"TSPD04A1{chance.getrandbits(32):08X}",
                kind="sensor",
            )
        )
    return rows


def change(directory: Directory[R], organization: str, rows: Iterable[R]) -> None:
    """Store rows as recent, without a request."""
    writes = [write for row in rows for write in directory.put_writes(EVERYWHERE, organization, row)]
    put("FleetTable", [write.parameters["Item"] for write in writes])


@contextmanager
def crashing(after: int) -> Iterator[list[str]]:
    """Have the function end instead of making its next request, after so many; yields the names of the requests made."""
    made = list[str]()

    def end(event_name: str, **_: Any) -> None:
        if len(made) >= after:
            raise Crash
        made.append(event_name.rpartition(".")[2])

    with _listening("before-call.dynamodb.*", end):
        yield made


@contextmanager
def item_by_item(before: Callable[[int], object]) -> Iterator[None]:
    """Have each Query of the functions bring one item a request, so that something can happen `before` any of them (their number from 0).

    DynamoDB reads each item of one answer as it is committed at that moment: this is the same with the moments apart.
    """
    numbers, acting = iter(range(10**6)), list[bool]()

    def one(params: dict[str, Any], **_: Any) -> None:
        if acting:
            return
        params["Limit"] = 1
        acting.append(True)
        before(next(numbers))
        acting.clear()

    with _listening("provide-client-params.dynamodb.Query", one):
        yield


@contextmanager
def _listening(event: str, listener: Callable[..., None]) -> Iterator[None]:
    events = clients.dynamodb().meta.events
    events.register(event, listener)
    try:
        yield
    finally:
        events.unregister(event, listener)
