"""Things under their TUID, with their installation history; gateways among them are found by serial number too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, impossible, unchecked_item
from fleet.aws.writes import Write
from fleet.errors import NotFound
from fleet.grants import needs
from fleet.registry.thing import TUID, InstallationEntry, Thing


def key(tuid: str) -> table.Key:
    return f"TUID#{tuid}", "CARD"


def state_key(tuid: str) -> table.Key:
    """What a thing's messages say of it: hot, so apart from what it is."""
    return f"TUID#{tuid}", "STATE"


def gateway_key(sn: str) -> table.Key:
    return f"SN#{sn}", "THING"


def _history(tuid: str) -> str:
    return f"TUID#{tuid}#INSTALLATIONS"


THING_CHANGED = "thing-changed"
"""The condition that a thing is as it was read."""
_ITEMS = Items(Thing, "Thing")


class Things:
    """Things (access-patterns.md TH1 to TH5)."""

    @staticmethod
    def by_tuid(tuid: str) -> Read[Thing]:
        """TH1: one thing, with the credential. What is no TUID names none."""
        return _ITEMS.one(key(tuid)) if TUID.fullmatch(tuid) else impossible("Thing")

    @staticmethod
    def of_gateway(sn: str) -> Read[str | None]:
        """TH2: the TUID of a gateway that has one. Read by whoever has read the gateway, so reach does not judge it."""
        return unchecked_item(gateway_key(sn)).map(lambda row: table.text(row, "tuid") if row else None)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def provisioning(reach: Reach, thing: Thing, first: InstallationEntry) -> list[Write]:
        """TH3: the writes of a new thing and its first entry. The first fails when the TUID is taken, the last if a gateway has one."""
        _judge(reach, thing)
        writes = [Write.put(key(thing.tuid), _row(thing)), _entry(thing, first)]
        return writes if thing.sn is None else [*writes, Write.put(gateway_key(thing.sn), {"tuid": {"S": thing.tuid}})]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def changing(reach: Reach, after: Thing, entry: InstallationEntry | None = None) -> list[Write]:
        """TH4: the writes of a thing's next version, with the entry that tells of it. The first fails when it was changed meanwhile."""
        _judge(reach, after)
        card = Write.put(key(after.tuid), _row(after), "version = :before", named=THING_CHANGED, before={"N": str(after.version - 1)})
        return [card] if entry is None else [card, _entry(after, entry)]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def installations(reach: Reach, thing: Thing, limit: int) -> Iterator[InstallationEntry]:
        """TH5: a thing's newest installation entries, newest first."""
        _judge(reach, thing)
        for item in table.query("pk = :pk", {"pk": _history(thing.tuid)}, limit=limit, backward=True):
            yield InstallationEntry.model_validate_json(item["body"]["S"])


def _row(thing: Thing) -> dict[str, Any]:
    body = thing.model_dump_json(exclude_none=True)
    return {"org": {"S": thing.organization}, "version": {"N": str(thing.version)}, "body": {"S": body}}


def _entry(thing: Thing, entry: InstallationEntry) -> Write:
    """The version that brought an entry orders it: unlike time, it is never the same twice and never goes back."""
    return Write.put((_history(thing.tuid), f"{thing.version:010d}"), {"body": {"S": entry.model_dump_json()}})


def _judge(reach: Reach, thing: Thing) -> None:
    if not reach.covers(thing.organization):
        raise NotFound("Thing")
