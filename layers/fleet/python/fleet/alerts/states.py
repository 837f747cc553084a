"""What is known of things from their messages, and when to look whether they are silent.

    TUID#<tuid>     STATE                             the state; `relay`, `relay_sn`: how to reach the thing, once nothing waits
    DUE#<shard>     <second, 12 digits>#<tuid>#<type>  the thing is to be looked at then

A message does not touch the row under DUE: whoever looks at it sees in the state when the thing was heard, and moves it.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator
from typing import Any

from fleet.access import Reach
from fleet.alerts.alert import Type
from fleet.alerts.state import State
from fleet.aws import clients, table
from fleet.aws.reads import Read, item
from fleet.aws.writes import Write, attempt
from fleet.errors import NotFound
from fleet.grants import needs
from fleet.registry.thing import Thing
from fleet.registry.things import state_key

SHARDS = 4
"""Partitions of what is due: each costs one request when nothing is."""


class States:
    """States of things (access-patterns.md TS1 to TS6)."""

    @staticmethod
    def of(tuid: str) -> Read[State]:
        """TS1: a thing's state, with the thing, whose reach is judged there; version 0 for one that nothing is known of."""
        return item(state_key(tuid), "Thing").optional().map(lambda row: _state(row) if row else State())

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def keep(reach: Reach, thing: Thing, after: State) -> bool:
        """TS2: keep the version that follows the one that was read; False when another came between."""
        return attempt(States.storing(reach, thing, after))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def storing(reach: Reach, thing: Thing, after: State) -> Write:
        """TS3: the write of the version that follows the one that was read; it fails when another came between."""
        if not reach.covers(thing.organization):
            raise NotFound("Thing")
        row = _row(thing, after)
        if after.version == 1:
            return Write.put(state_key(thing.tuid), row)
        return Write.put(state_key(thing.tuid), row, "version = :before", before={"N": str(after.version - 1)})

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:DeleteItem")
    def rescheduling(reach: Reach, thing: Thing, type: Type, before: int | None, after: int | None) -> list[Write]:
        """TS4: the writes that have a thing looked at at another second, or (None) no more."""
        if not reach.covers(thing.organization):
            raise NotFound("Thing")
        writes = [] if before is None else [Write.delete(_due(thing.tuid, type, before), None)]
        if after is not None:
            writes.append(Write.put(_due(thing.tuid, type, after), {"tuid": {"S": thing.tuid}, "type": {"S": type}}, None))
        return writes

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def due(reach: Reach, shard: int, until: int, most: int) -> Iterator[tuple[str, Type, int]]:
        """TS5: which things of a shard are to be looked at by now, at most so many: tuid, type of alert, second. For the worker."""
        if reach.organizations is not None:
            raise NotFound("Thing")
        last = f"{until:012d}#~"
        rows = table.query("pk = :pk AND sk <= :last", {"pk": f"DUE#{shard}", "last": last}, page=most)
        for row in itertools.islice(rows, most):
            yield row["tuid"]["S"], row["type"]["S"], int(row["sk"]["S"].partition("#")[0])  # type: ignore[misc]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem")
    def forget(reach: Reach, tuid: str, type: Type, second: int) -> None:
        """TS6: drop a row under DUE that no state knows of."""
        if reach.organizations is not None:
            raise NotFound("Thing")
        clients.dynamodb().delete_item(TableName=table.table(), Key=table.key(_due(tuid, type, second)))


def _state(row: table.Item) -> State:
    return State.model_validate_json(row["body"]["S"]).changed(version=int(row["version"]["N"]))


def _row(thing: Thing, state: State) -> dict[str, Any]:
    relay = state.reading("relay")
    by: dict[str, Any] = {"relay": {"S": relay["tuid"]}, "relay_sn": {"S": relay["sn"]}} if relay and state.released else {}
    if thing.sn is not None and state.heard:
        by = {"relay_sn": {"S": thing.sn}}
    body = state.model_dump_json(exclude={"version"}, exclude_defaults=True)
    return {"org": {"S": thing.organization}, "version": {"N": str(state.version)}, "body": {"S": body}, **by}


def _due(tuid: str, type: Type, second: int) -> table.Key:
    return f"DUE#{zlib.crc32(tuid.encode()) % SHARDS}", f"{second:012d}#{tuid}#{type}"
