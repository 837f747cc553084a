"""Batteries of gateways: the newest report of each, and in each location a list of those that are monitored.

    SN#<sn>                     BATTERY      the report, and the location whose list shows it
    LOCATION#<id>#BATTERIES     <sn>         a copy of the report, exactly while the gateway is monitored and has one

The location counts the rows of its list, in the transactions that change it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fleet.access import Reach
from fleet.aws import sections, table
from fleet.aws.reads import Read, item_or_none
from fleet.aws.writes import Write
from fleet.configuration.battery import Battery
from fleet.errors import NotFound
from fleet.grants import needs
from fleet.marks import Mark, Section
from fleet.registry import locations
from fleet.registry.gateway import Card


def key(sn: str) -> table.Key:
    return f"SN#{sn}", "BATTERY"


def _copy(location: str, sn: str) -> table.Key:
    return f"LOCATION#{location}#BATTERIES", sn


_NAMES = {"#s": "battery"}


class Batteries:
    """Batteries (access-patterns.md B1 to B5)."""

    @staticmethod
    def by_sn(sn: str) -> Read[Battery]:
        """B1: a gateway's battery, with the credential; one without a report where there is none."""
        return item_or_none(key(sn), "Gateway").map(
            lambda row: Battery(sn, sections.unpacked(row["battery"]), table.text(row, "listed")) if row else Battery(sn, None, None)
        )

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def in_location(reach: Reach, organization: str, location: str, after: str | None, limit: int) -> Iterator[Battery]:
        """B2: the monitored batteries of a location in the order of serial numbers, after one of them, at most so many."""
        if not reach.covers(organization):
            raise NotFound("Location")
        start = _copy(location, after) if after else None
        for row in table.query("pk = :pk", {"pk": _copy(location, "")[0]}, limit=limit, start=start):
            yield Battery(row["sk"]["S"], sections.unpacked(row["battery"]), location)

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem")
    def report(reach: Reach, card: Card, location: str, mark: Mark, value: Mapping[str, Any]) -> bool:
        """B3: keep a listed battery's report at both keys where it is newer; False when it is nowhere newer.

        Doing it twice, or after a newer one, changes nothing; a list that has dropped it meanwhile stays without it.
        """
        if not reach.covers(card.organization):
            raise NotFound("Gateway")
        stored = sections.packed(mark, value)
        pairs = key(card.sn), _copy(location, card.sn)
        replaced = [sections.replace(pair, "battery", mark, stored, create=False) for pair in pairs]
        return any(replaced)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:UpdateItem")
    def keeping(reach: Reach, card: Card, report: Section, location: str | None) -> list[Write]:
        """B4: the writes of a newer report of a battery that no list shows, and that now this location's does, if one is named."""
        if not reach.covers(card.organization):
            raise NotFound("Gateway")
        stored = sections.packed(report.mark, report.value)
        values = {"org": {"S": card.organization}, "value": stored, **sections.values(report.mark)}
        if location:
            values["listed"] = {"S": location}
        kept = Write.update(
            key(card.sn),
            f"SET org = :org, #s = :value{', listed = :listed' if location else ''}",
            f"attribute_not_exists(listed) AND {sections.NEWER}",
            names=_NAMES,
            **values,
        )
        return [kept, *(_shown(location, card, stored) if location else ())]

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem")
    def showing(reach: Reach, card: Card, before: Battery, wanted: bool) -> list[Write]:
        """B5: the writes that show a kept report in its location's list, or no longer; they fail when it has changed meanwhile."""
        if not reach.covers(card.organization):
            raise NotFound("Gateway")
        if wanted:
            return _show(card, before)
        if before.listed is None:
            return [Write.check(key(card.sn), "attribute_not_exists(listed)")]
        return [
            Write.update(key(card.sn), "REMOVE listed", "listed = :listed", listed={"S": before.listed}),
            Write.delete(_copy(before.listed, card.sn)),
            Write.update(locations.key(before.listed), "ADD batteries :change", change={"N": "-1"}),
        ]


def _show(card: Card, before: Battery) -> list[Write]:
    if before.report is None:
        return [Write.check(key(card.sn), "attribute_not_exists(pk)")]
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
    return [same, *_shown(card.location, card, sections.packed(mark, before.report.value))]


def _shown(location: str, card: Card, stored: Any) -> list[Write]:
    return [
        Write.put(_copy(location, card.sn), {"org": {"S": card.organization}, "battery": stored}),
        Write.update(locations.key(location), "ADD batteries :change", change={"N": "1"}),
    ]
