"""Things under their TUID, with their installation history; gateways among them are found by serial number too."""

from __future__ import annotations

from collections.abc import Iterator

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, impossible, unchecked_item
from fleet.aws.writes import Write
from fleet.grants import needs
from fleet.registry.thing import TUID, InstallationEntry, Thing

CHANGED = "thing-changed"
"""The condition that a thing is as it was read."""
_ITEMS = Items(Thing, "Thing")
_ENTRIES = Items(InstallationEntry, "Thing")


def key(tuid: str) -> table.Key:
    return f"TUID#{tuid}", "CARD"


def state_key(tuid: str) -> table.Key:
    """The state that a thing's messages tell of: it changes often, so it is an item of its own."""
    return f"TUID#{tuid}", "STATE"


def gateway_key(sn: str) -> table.Key:
    return f"SN#{sn}", "THING"


def _history(tuid: str) -> str:
    return f"TUID#{tuid}#INSTALLATIONS"


class Things:
    """Things (access-patterns.md TH1 to TH5)."""

    @staticmethod
    def by_tuid(tuid: str) -> Read[Thing]:
        """TH1: one thing, with the credential. A malformed TUID is NotFound."""
        return _ITEMS.one(key(tuid)) if TUID.fullmatch(tuid) else impossible("Thing")

    @staticmethod
    def of_gateway(sn: str) -> Read[str | None]:
        """TH2: the TUID of a gateway that has one. The reach is not checked: whoever asks has read the gateway."""
        return unchecked_item(gateway_key(sn)).map(lambda row: table.text(row, "tuid") if row else None)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def create_writes(reach: Reach, thing: Thing, first: InstallationEntry) -> list[Write]:
        """TH3: the writes of a new thing and its first entry. They fail when the TUID is taken, or the gateway has one."""
        writes = [_ITEMS.create(reach, key(thing.tuid), thing), _entry(reach, thing, first)]
        return writes if thing.sn is None else [*writes, Write.put(gateway_key(thing.sn), {"tuid": {"S": thing.tuid}})]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def change_writes(reach: Reach, after: Thing, entry: InstallationEntry | None = None) -> list[Write]:
        """TH4: the writes of a thing's next version, with its entry in the history. They fail when it is CHANGED meanwhile."""
        card = _ITEMS.replace(reach, key(after.tuid), after, after.version - 1, named=CHANGED)
        return [card] if entry is None else [card, _entry(reach, after, entry)]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def installations(reach: Reach, thing: Thing, limit: int) -> Iterator[InstallationEntry]:
        """TH5: a thing's newest installation entries, newest first."""
        rows = table.query(reach, thing.organization, "Thing", "pk = :pk", {"pk": _history(thing.tuid)}, limit=limit, backward=True)
        yield from map(_ENTRIES.parse, rows)


def _entry(reach: Reach, thing: Thing, entry: InstallationEntry) -> Write:
    """Entries are in the order of the thing's versions: unlike times, no two are the same and they never go back."""
    return _ENTRIES.create(reach, (_history(thing.tuid), f"{thing.version:010d}"), entry)
