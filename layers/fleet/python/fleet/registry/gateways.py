"""Gateways under the names that routes use: by serial number, and by location.

Four items hold a gateway's view, two at each of two keys, so that a route by serial number reads with the
credential in one request and a page of a location is one Query:

    SN#<sn>                    CARD          the card, and the sections that change rarely
    SN#<sn>                    STATUS        the status report: the one that comes every few minutes
    LOCATION#<id>#GATEWAYS     <sn>          a copy of the card
    LOCATION#<id>#GATEWAYS     <sn>#STATUS   a copy of the status report

Each section is a map with its mark, and is only ever replaced by a newer one (`fleet.marks.Mark`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, both, item, item_or_none, unchecked_item
from fleet.aws.sections import pack, replace, unpack
from fleet.aws.writes import Write, unchanged
from fleet.grants import needs
from fleet.marks import Mark, Section
from fleet.registry.gateway import Card, Factory, Gateway
from fleet.values import Page

EUI_TAKEN = "eui-taken"
"""The condition that no other gateway has the EUI."""
_CARDS = Items(Card, "Gateway")
_FACTORIES = Items(Factory, "Gateway")
SECTIONS = ("hello", "presence", "gasp", "config", "status")


def card_key(sn: str) -> table.Key:
    return f"SN#{sn}", "CARD"


def status_key(sn: str) -> table.Key:
    return f"SN#{sn}", "STATUS"


def factory_key(sn: str) -> table.Key:
    return f"SN#{sn}", "FACTORY"


def copies(location: str, sn: str) -> tuple[table.Key, table.Key]:
    """The keys of the card's and the status report's copies in a location."""
    return (f"LOCATION#{location}#GATEWAYS", sn), (f"LOCATION#{location}#GATEWAYS", f"{sn}#STATUS")


class Gateways:
    """Gateways (access-patterns.md G1 to G7)."""

    @staticmethod
    def by_sn(sn: str) -> Read[Gateway]:
        """G1: one gateway with all that it reported, with the credential."""
        return both(item(card_key(sn), "Gateway"), unchecked_item(status_key(sn))).map(lambda rows: _gateway(*rows))

    @staticmethod
    def claim(sn: str) -> Read[tuple[Gateway | None, Factory | None]]:
        """G2: a gateway that may have no owner yet, and its factory record; NotFound when another organization owns it."""
        rows = both(item_or_none(card_key(sn), "Gateway"), unchecked_item(status_key(sn)))
        gateway = rows.map(lambda rows: _gateway(rows[0], rows[1]) if rows[0] else None)
        return both(gateway, _FACTORIES.unchecked(factory_key(sn)))

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def in_location(reach: Reach, organization: str, location: str, cursor: str | None = None, limit: int | None = None) -> Page[Gateway]:
        """G3: a page of a location's gateways, or all of them, by serial number."""
        pk = f"LOCATION#{location}#GATEWAYS"
        start = (pk, f"{cursor}#~") if cursor else None
        rows = table.query(
            reach, organization, "Location", "pk = :pk", {"pk": pk}, page=None if limit is None else 2 * (limit + 1), start=start
        )
        return Page.cut(_paired(rows), limit, lambda gateway: gateway.card.sn)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:UpdateItem")
    def place_writes(reach: Reach, before: Gateway | None, card: Card) -> list[Write]:
        """G4: the writes of a new card, or of the next version of one, that put a gateway into its location."""
        attributes = _CARDS.attributes(reach, card)
        if before is None:
            writes = [_CARDS.create(reach, card_key(card.sn), card)]
        else:
            reach.demand(before.card.organization, "Gateway")
            expression, condition = "SET org = :org, version = :version, body = :body", unchanged(card.version - 1)
            writes = [Write.update(card_key(card.sn), expression, **condition, **attributes)]
        return writes if card.location is None else [*writes, *_copy_writes(card, attributes, before)]

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem")
    def report(reach: Reach, card: Card, section: str, mark: Mark, value: Mapping[str, Any]) -> bool:
        """G5: store a report at both keys where it is newer than the one there; False when it is nowhere newer.

        Doing it twice, or after a newer one, changes nothing.
        """
        reach.demand(card.organization, "Gateway")
        stored = pack(mark, value)
        is_status = section == "status"
        keys = [status_key(card.sn) if is_status else card_key(card.sn)]
        if card.location:
            keys.append(copies(card.location, card.sn)[is_status])
        replaced = [replace(pair, section, mark, stored, create=is_status) for pair in keys]
        return any(replaced)

    @staticmethod
    def identity(sn: str) -> Read[tuple[Factory | None, Card | None]]:
        """G7: who a gateway is and whose, for the device plane: its factory record, and its card when it has an owner."""
        return both(_FACTORIES.unchecked(factory_key(sn)), _CARDS.one_or_none(card_key(sn)))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def provision_writes(reach: Reach, factory: Factory) -> list[Write]:
        """G6: the writes of a new factory record. They fail when the serial number is taken, or the EUI (EUI_TAKEN). For the operator."""
        reach.demand(None, "Gateway")
        return [
            _FACTORIES.create(reach, factory_key(factory.sn), factory),
            Write.put((f"UNIQUE#EUI#{factory.eui}", "UNIQUE"), {"id": {"S": factory.sn}}, named=EUI_TAKEN),
        ]


def _copy_writes(card: Card, attributes: Mapping[str, Any], before: Gateway | None) -> list[Write]:
    """The card's copy in its location, with the sections known so far: the next reports bring them anew."""
    assert card.location is not None
    known = {name: pack(section.mark, section.value) for name, section in (before.reported if before else {}).items()}
    card_copy, status_copy = copies(card.location, card.sn)
    status = {"status": known.pop("status")} if "status" in known else None
    writes = [Write.put(card_copy, {**attributes, **known}, None)]
    return writes if status is None else [*writes, Write.put(status_copy, status, None)]


def _sections(item: Any) -> Iterator[tuple[str, Section]]:
    return ((name, unpack(item[name])) for name in SECTIONS if name in item)


def _gateway(card: table.Item, status: table.Item | None) -> Gateway:
    return Gateway(_CARDS.parse(card), dict(_sections(card)) | dict(_sections(status or {})))


def _paired(rows: Iterator[table.Item]) -> Iterator[Gateway]:
    """Cards with the status rows that follow them. A status row without its card is of a gateway that has left."""
    card = None
    for row in rows:
        if not row["sk"]["S"].endswith("#STATUS"):
            if card:
                yield _gateway(card, None)
            card = row
        elif card and row["sk"]["S"] == f"{card['sk']['S']}#STATUS":
            yield _gateway(card, row)
            card = None
    if card:
        yield _gateway(card, None)
