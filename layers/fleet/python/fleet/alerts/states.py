"""The states of things, and when to check whether they are silent.

    TUID#<tuid>     STATE                       the state; `relay`, `relay_sn`: how to reach the thing, once nothing waits
    DUE#<shard>     <second, 12 digits>#<tuid>   the thing is to be checked then

A message does not change the row under DUE: the check sees in the state when the thing was heard, and moves the row.
"""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterator
from typing import Any

from fleet.access import Reach
from fleet.alerts.state import ThingState
from fleet.aws import table
from fleet.aws.reads import Read, item, reads_rows
from fleet.aws.writes import Write, unchanged, write_alone
from fleet.grants import ANY, needs
from fleet.registry.thing import Thing
from fleet.registry.things import state_key

SHARDS = 4
"""Partitions of the rows under DUE: each costs one request when nothing is due."""
DueRow = tuple[str, int]
"""A thing that is to be checked: its TUID, and when (Unix seconds)."""


def _shard(number: int | str) -> str:
    return f"DUE#{number}"


class States:
    """States of things (access-patterns.md TS1 to TS6)."""

    @staticmethod
    @reads_rows(state_key(ANY))
    def of(tuid: str) -> Read[ThingState]:
        """TS1: a thing's state, with the thing; version 0 when nothing is known of it, or the reach does not cover it."""
        return item(state_key(tuid), "Thing").optional().map(lambda row: _state(row) if row else ThingState())

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[state_key(ANY)])
    def store_writes(reach: Reach, thing: Thing, after: ThingState) -> list[Write]:
        """TS2: the writes of the version that follows the one that was read. They fail when another came between."""
        reach.demand_change(thing.organization, "Thing")
        return [Write.put(state_key(thing.tuid), _row(thing, after), **unchanged(after.version - 1))]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:DeleteItem", keys=[_shard(ANY)])
    def reschedule_writes(reach: Reach, thing: Thing, before: int | None, after: int | None) -> list[Write]:
        """TS3: the writes that have a thing checked at another second, or (None) no more."""
        reach.demand_change(thing.organization, "Thing")
        return [
            *([] if before is None else [Write.delete(_due(thing.tuid, before), None)]),
            *([] if after is None else [Write.put(_due(thing.tuid, after), {"tuid": {"S": thing.tuid}}, None)]),
        ]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_shard(ANY)])
    def due(reach: Reach, shard: int, until: int, most: int) -> Iterator[DueRow]:
        """TS4: which things of a shard are to be checked by now, at most so many: tuid, second. For the worker."""
        values = {"pk": _shard(shard), "last": f"{until:012d}#~"}
        rows = table.query(reach, None, "Thing", "pk = :pk AND sk <= :last", values, page=most)
        for row in itertools.islice(rows, most):
            yield row["tuid"]["S"], int(row["sk"]["S"].partition("#")[0])

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[_shard(ANY)])
    def drop(reach: Reach, tuid: str, second: int) -> None:
        """TS5: delete a row under DUE that no state knows of."""
        reach.demand_change(None, "Thing")
        write_alone(Write.delete(_due(tuid, second), None))

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[state_key(ANY)])
    def forget_writes(reach: Reach, organization: str, tuid: str) -> list[Write]:
        """TS6: the writes that delete the state of a thing that is deleted."""
        reach.demand_change(organization, "Thing")
        return [Write.delete(state_key(tuid), None)]


def _state(row: table.Item) -> ThingState:
    return ThingState.model_validate_json(row["body"]["S"]).changed(version=int(row["version"]["N"]))


def _row(thing: Thing, state: ThingState) -> dict[str, Any]:
    relay = state.reading("relay")
    by: dict[str, Any] = {"relay": {"S": relay["tuid"]}, "relay_sn": {"S": relay["sn"]}} if relay and state.released else {}
    if thing.sn is not None and state.heard:
        by = {"relay_sn": {"S": thing.sn}}
    body = state.model_dump_json(exclude={"version"}, exclude_defaults=True)
    return {"org": {"S": thing.organization}, "version": {"N": str(state.version)}, "body": {"S": body}, **by}


def _due(tuid: str, second: int) -> table.Key:
    return _shard(zlib.crc32(tuid.encode()) % SHARDS), f"{second:012d}#{tuid}"
