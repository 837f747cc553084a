"""Things by TUID, with their installation history."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, impossible, reads_rows
from fleet.aws.writes import Write, delete_each
from fleet.errors import NotFound
from fleet.grants import ANY, needs
from fleet.registry.device import Device
from fleet.registry.thing import TUID, InstallationEntry, Thing

_ITEMS = Items(Thing, "Thing")
_ENTRIES = Items(InstallationEntry, "Thing")


def key(tuid: str) -> table.Key:
    return f"TUID#{tuid}", "CARD"


def state_key(tuid: str) -> table.Key:
    """The state that a thing's messages tell of: it changes often, so it is an item of its own."""
    return f"TUID#{tuid}", "STATE"


def history(device: str) -> str:
    """The partition of a device's installation entries: under its id, so that another device of the same TUID has its own."""
    return f"DEVICE#{device}#INSTALLATIONS"


class Things:
    """Things (access-patterns.md TH1 to TH4)."""

    @staticmethod
    @reads_rows(key(ANY))
    def by_tuid(tuid: str) -> Read[Thing]:
        """TH1: one thing, with the credential. A malformed TUID is NotFound, as is a thing that is deleted."""
        return _ITEMS.one(key(tuid)).map(_there) if TUID.fullmatch(tuid) else impossible("Thing")

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[history(ANY)])
    def entry_writes(reach: Reach, device: Device, entry: InstallationEntry) -> list[Write]:
        """TH2: the writes of an installation entry, for the transaction of the device's version that it is about.

        Entries are in the order of these versions: unlike times, no two are the same and they never go back.
        """
        reach.demand_change(device.organization, "Thing")
        return [_ENTRIES.create(reach, (history(device.id), f"{device.version:010d}"), entry)]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[history(ANY)])
    def installations(reach: Reach, thing: Thing, limit: int) -> Iterator[InstallationEntry]:
        """TH3: a thing's newest installation entries, newest first."""
        rows = table.query(reach, thing.organization, "Thing", "pk = :pk", {"pk": history(thing.id)}, limit=limit, backward=True)
        yield from map(_ENTRIES.parse, rows)

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", "dynamodb:DeleteItem", keys=[history(ANY)])
    def forget(reach: Reach, device: Device) -> None:
        """TH4: delete a device's installation history. Doing it again changes nothing."""
        reach.demand_change(device.organization, "Thing")
        delete_each(table.query(reach, device.organization, "Thing", "pk = :pk", {"pk": history(device.id)}))


def _there(thing: Thing) -> Thing:
    if thing.deleted:
        raise NotFound("Thing")
    return thing
