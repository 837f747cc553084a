"""Batteries of gateways: the newest report of each, and in each location a list of those that are monitored.

    SN#<sn>                     BATTERY      the report, and the location whose list shows it
    LOCATION#<id>#BATTERIES     <sn>         a copy of the report, exactly while the gateway is monitored and has one

The location counts the rows of its list, in the transactions that change it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.access import Reach
from fleet.aws import sections, table
from fleet.aws.reads import Read, item_or_none, reads_rows
from fleet.aws.writes import NEW, Write
from fleet.configuration.battery import Battery
from fleet.grants import ANY, needs
from fleet.ids import ANY_ID_AS_UUID
from fleet.marks import Mark, Section
from fleet.registry import locations
from fleet.registry.gateway import Card
from fleet.values import Page

_NAMES = {"#s": "battery"}


def key(sn: str) -> table.Key:
    return f"SN#{sn}", "BATTERY"


def _copy(location: str, sn: str) -> table.Key:
    return f"LOCATION#{location}#BATTERIES", sn


class Batteries:
    """Batteries (access-patterns.md B1 to B7)."""

    @staticmethod
    @reads_rows(key(ANY))
    def by_sn(sn: str) -> Read[Battery]:
        """B1: a gateway's battery, with the credential; one without a report where there is none."""
        return item_or_none(key(sn), "Gateway").map(lambda row: _battery(sn, row))

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_copy(ANY, ANY)])
    def in_location(reach: Reach, organization: str, location: str, cursor: str | None, limit: int) -> Page[Battery]:
        """B2: a page of the monitored batteries of a location, by serial number."""
        start = _copy(location, cursor) if cursor else None
        rows = table.query(reach, organization, "Location", "pk = :pk", {"pk": _copy(location, "")[0]}, limit=limit + 1, start=start)
        batteries = (Battery(row["sk"]["S"], sections.unpack(row["battery"]), location) for row in rows)
        return Page.cut(batteries, limit, lambda battery: battery.sn)

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[key(ANY), _copy(ANY, ANY)])
    def report(reach: Reach, card: Card, location: str, mark: Mark, value: Mapping[str, Any]) -> bool:
        """B3: store a listed battery's report at both keys where it is newer; False when it is nowhere newer.

        Doing it twice, or after a newer one, changes nothing; a list that has dropped it meanwhile stays without it.
        """
        reach.demand_change(card.organization, "Gateway")
        stored = sections.pack(mark, value)
        pairs, own = (key(card.sn), _copy(location, card.sn)), {"S": card.organization}
        replaced = [sections.replace(pair, "battery", mark, stored, "org = :own", own=own) for pair in pairs]
        return any(replaced)

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[key(ANY), locations.key(ANY_ID_AS_UUID)])
    @needs("FleetTable", "dynamodb:PutItem", keys=[_copy(ANY, ANY)])
    def store_writes(reach: Reach, card: Card, report: Section, location: str | None) -> list[Write]:
        """B4: the writes of a newer report of a battery that no list shows, and that this location's shows from now on, if one is named."""
        reach.demand_change(card.organization, "Gateway")
        stored = sections.pack(report.mark, report.value)
        values = {"org": {"S": card.organization}, "value": stored, **sections.values(report.mark)}
        expression, condition = "SET org = :org, #s = :value", f"attribute_not_exists(listed) AND {sections.NEWER}"
        if location is None:
            return [Write.update(key(card.sn), expression, condition, names=_NAMES, **values)]
        listed = Write.update(key(card.sn), f"{expression}, listed = :listed", condition, names=_NAMES, listed={"S": location}, **values)
        return [listed, *_list_writes(location, card, stored)]

    @staticmethod
    @needs("FleetTable", "dynamodb:ConditionCheckItem", keys=[key(ANY)])
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[key(ANY), locations.key(ANY_ID_AS_UUID)])
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:DeleteItem", keys=[_copy(ANY, ANY)])
    def show_writes(reach: Reach, card: Card, before: Battery, wanted: bool) -> list[Write]:
        """B5: the writes that show a stored report in its location's list, or no longer. They fail when it has changed meanwhile."""
        reach.demand_change(card.organization, "Gateway")
        if wanted:
            return _show_writes(card, before)
        left = _leave_writes(card, before.listed)
        if before.listed is None:
            return left
        return [*left, Write.update(locations.key(before.listed), "ADD batteries :change", change={"N": "-1"})]

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem", keys=[key(ANY)])
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[_copy(ANY, ANY)])
    def leave_writes(reach: Reach, card: Card, before: Battery) -> list[Write]:
        """B7: the writes that take a battery from its location's list, for the transaction that moves the gateway and counts.

        They fail when a list has shown it or dropped it meanwhile.
        """
        reach.demand_change(card.organization, "Gateway")
        return _leave_writes(card, before.listed)

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[key(ANY)])
    def forget_writes(reach: Reach, organization: str, sn: str) -> list[Write]:
        """B6: the writes that delete the battery of a gateway that is deleted. No list shows it: the gateway is in no location."""
        reach.demand_change(organization, "Gateway")
        return [Write.delete(key(sn), None)]


def _battery(sn: str, row: table.Item | None) -> Battery:
    return Battery(sn, sections.unpack(row["battery"]), table.text(row, "listed")) if row else Battery(sn, None, None)


def _leave_writes(card: Card, location: str | None) -> list[Write]:
    if location is None:
        return [Write.check(key(card.sn), "attribute_not_exists(listed)")]
    listed = Write.update(key(card.sn), "REMOVE listed", "listed = :listed", listed={"S": location})
    return [listed, Write.delete(_copy(location, card.sn))]


def _show_writes(card: Card, before: Battery) -> list[Write]:
    if before.report is None:
        return [Write.check(key(card.sn), NEW)]
    if before.listed is not None or card.location is None:
        return []
    mark = before.report.mark
    same = Write.update(
        key(card.sn),
        "SET listed = :listed",
        "attribute_not_exists(listed) AND #s.boot = :boot AND #s.seq = :seq",
        names=_NAMES,
        listed={"S": card.location},
        boot={"S": mark.boot},
        seq={"N": str(mark.seq)},
    )
    return [same, *_list_writes(card.location, card, sections.pack(mark, before.report.value))]


def _list_writes(location: str, card: Card, stored: Any) -> list[Write]:
    return [
        Write.put(_copy(location, card.sn), {"org": {"S": card.organization}, "battery": stored}),
        Write.update(locations.key(location), "ADD batteries :change", change={"N": "1"}),
    ]
