"""Gateways as WisDM's routes read them: by serial number, and by location.

Projections of the device (`fleet.registry.projections`) with what the gateway reported beside them, so that a route by serial number
reads with the credential in one request and a page of a location is one Query:

    SN#<sn>                    CARD          the card, and the reports that change rarely
    SN#<sn>                    STATUS        the status report: the one that comes every few minutes
    LOCATION#<id>#GATEWAYS     <sn>          a copy of the card and its reports
    LOCATION#<id>#GATEWAYS     <sn>#STATUS   a copy of the status report

The card's row also has the last change of the gateway's connection. Each report is a map with its mark, and is only ever replaced by a
newer one (`fleet.marks.Mark`). Every row has the id of its device in `device`: what one device reports is neither stored nor shown as
another's that has got the serial number since.
"""

from __future__ import annotations

from collections.abc import Iterator

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, both, item, of_reach, reads_rows, unchecked_item
from fleet.aws.sections import mark_of, pack, replace, unpack
from fleet.aws.writes import NEW, THERE, Write
from fleet.errors import NotFound
from fleet.grants import ANY, needs
from fleet.marks import Mark, Section
from fleet.registry.connection import Connection, Link
from fleet.registry.gateway import Card, Factory, Gateway
from fleet.registry.reports import KINDS, Presence, Report, Reports

EUI_TAKEN = "eui-taken"
"""The condition that no other gateway has the EUI."""
CLAIMED = "claimed"
"""The condition that no organization has claimed a gateway."""
_CARDS = Items(Card, "Gateway")
_CONNECTION = "connection"
"""The attribute of the card's row, beside the reports, that has the last change of the connection."""
_FACTORIES = Items(Factory, "Gateway", beside=("last_version",))


def card_key(sn: str) -> table.Key:
    return f"SN#{sn}", "CARD"


def status_key(sn: str) -> table.Key:
    return f"SN#{sn}", "STATUS"


def factory_key(sn: str) -> table.Key:
    return f"SN#{sn}", "FACTORY"


def _eui_key(eui: str) -> table.Key:
    return f"UNIQUE#EUI#{eui}", "UNIQUE"


def copies(location: str, sn: str) -> tuple[table.Key, table.Key]:
    """The keys of the card's and the status report's copies in a location."""
    pk = f"LOCATION#{location}#GATEWAYS"
    return (pk, sn), (pk, f"{sn}#STATUS")


class Gateways:
    """Gateways (access-patterns.md G1 to G14). One that is deleted is not found."""

    @staticmethod
    @reads_rows(card_key(ANY))
    def by_sn(sn: str) -> Read[Gateway]:
        """G1: one gateway with all that it reported, with the credential."""
        return both(item(card_key(sn), "Gateway"), unchecked_item(status_key(sn))).map(lambda rows: _gateway(*rows))

    @staticmethod
    @reads_rows(card_key(ANY))
    def claim(sn: str) -> Read[tuple[Gateway | None, Factory | None]]:
        """G2: a gateway that may have no owner yet, and its factory record. Neither when another organization owns it, as if there were
        no such serial number; NotFound when the caller's own has deleted it.
        """

        def judge(
            parts: tuple[Reach, tuple[tuple[table.Item | None, table.Item | None], Factory | None]],
        ) -> tuple[Gateway | None, Factory | None]:
            reach, ((card, status), factory) = parts
            if card is None:
                return None, factory
            return (_gateway(card, status), factory) if reach.covers(table.text(card, "org")) else (None, None)

        rows = both(unchecked_item(card_key(sn)), unchecked_item(status_key(sn)))
        return both(of_reach(lambda reach: reach), both(rows, _FACTORIES.unchecked(factory_key(sn)))).map(judge)

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[copies(ANY, ANY)[0]])
    def in_location(reach: Reach, organization: str, location: str, after: str | None = None, page: int | None = None) -> Iterator[Gateway]:
        """G3: a location's gateways by serial number, those after one of them or all.

        Requests are made only while gateways are asked for; `page` says how many one request brings, as far as they fit.
        """
        pk = f"LOCATION#{location}#GATEWAYS"
        start, rows = (pk, f"{after}#~") if after else None, 2 * page if page else None
        return _paired(table.query(reach, organization, "Location", "pk = :pk", {"pk": pk}, page=rows, start=start))

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[card_key(ANY), copies(ANY, ANY)[0]])
    def report(reach: Reach, card: Card, report: Report) -> bool:
        """G4: store a report at both keys where it is newer than the one there; False when it is nowhere newer, or the device is gone.

        Doing it twice, or after a newer one, changes nothing. The copy comes first: a report in the gateway's own item is in the copy too.
        """
        reach.demand_change(card.organization, "Gateway")
        stored, device = pack(report.mark, report.document), {"S": card.id}
        is_status = report.kind == "status"
        copy = [copies(card.location, card.sn)[is_status]] if card.location else []
        keys = [*copy, status_key(card.sn) if is_status else card_key(card.sn)]
        replaced = [replace(pair, report.kind, report.mark, stored, "device = :device", device=device) for pair in keys]
        return any(replaced)

    @staticmethod
    @reads_rows(card_key(ANY))
    def identity(sn: str) -> Read[tuple[Factory | None, Card | None]]:
        """G6: who a gateway is and whose, for the device plane: its factory record, and its card when it has an owner."""
        card = _CARDS.one_or_none(card_key(sn)).map(lambda card: None if card is None or card.deleted else card)
        return both(_FACTORIES.unchecked(factory_key(sn)), card)

    @staticmethod
    @reads_rows(card_key(ANY))
    def card_reports(sn: str) -> Read[Reports]:
        """G7: what an owned gateway reported, but for the status report: it is in the card's item, so it costs nothing with G6."""
        return item(card_key(sn), "Gateway").map(lambda row: Reports.of(_sections(row)))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[factory_key(ANY), _eui_key(ANY)])
    def provision_writes(reach: Reach, factory: Factory) -> list[Write]:
        """G5: the writes of a new factory record. They fail when the serial number is taken, or the EUI (EUI_TAKEN). For the operator."""
        reach.demand_change(None, "Gateway")
        return [
            _FACTORIES.create(reach, factory_key(factory.sn), factory),
            Write.put(_eui_key(factory.eui), {"id": {"S": factory.sn}}, named=EUI_TAKEN),
        ]

    @staticmethod
    @needs("FleetTable", "dynamodb:ConditionCheckItem", keys=[factory_key(ANY)])
    def factory_checks(reach: Reach, organization: str, sn: str) -> list[Write]:
        """G10: the check that a gateway has its factory record: of the two who claim it and withdraw the record, one is refused."""
        reach.demand_change(organization, "Gateway")
        return [Write.check(factory_key(sn), THERE)]

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[factory_key(ANY)])
    def change_writes(reach: Reach, before: Factory, after: Factory) -> list[Write]:
        """G11: the writes of a factory record with other keys, or of a gateway blocked or unblocked. They fail when the record has changed
        or is gone. For the operator.
        """
        reach.demand_change(None, "Gateway")
        old, new = (_FACTORIES.attributes(reach, factory)["body"] for factory in (before, after))
        return [Write.update(factory_key(before.sn), "SET body = :new", "body = :old", old=old, new=new)]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[factory_key(ANY), _eui_key(ANY)])
    @needs("FleetTable", "dynamodb:ConditionCheckItem", keys=[card_key(ANY)])
    def withdraw_writes(reach: Reach, factory: Factory) -> list[Write]:
        """G12: the writes that delete a factory record, and free its EUI. They fail when the gateway is CLAIMED, or the record has changed.
        For the operator.
        """
        reach.demand_change(None, "Gateway")
        body = _FACTORIES.attributes(reach, factory)["body"]
        return [
            Write.check(card_key(factory.sn), NEW, named=CLAIMED),
            Write.delete(factory_key(factory.sn), "body = :body", body=body),
            Write.delete(_eui_key(factory.eui)),
        ]

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[factory_key(ANY)])
    def forget_writes(reach: Reach, organization: str, sn: str, last: int) -> list[Write]:
        """G8: the writes that remember, for the next owner of a gateway that is deleted, its newest configuration version."""
        reach.demand_change(organization, "Gateway")
        return [Write.update(factory_key(sn), "SET last_version = :last", last={"N": str(last)})] if last else []

    @staticmethod
    @reads_rows(card_key(ANY))
    def link(sn: str) -> Read[Link]:
        """G13: a gateway's connection, with what it follows from: the marks of its reports, without most of what they say."""
        return both(item(card_key(sn), "Gateway"), unchecked_item(status_key(sn))).map(lambda rows: _link(*rows))

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[card_key(ANY)])
    def report_connection(reach: Reach, card: Card, mark: Mark, connection: Connection) -> bool:
        """G14: store a change of a gateway's connection with the mark of its message, where that is newer; False where not, or when the
        device is gone.
        """
        reach.demand_change(card.organization, "Gateway")
        stored, device = pack(mark, connection._asdict()), {"S": card.id}
        return replace(card_key(card.sn), _CONNECTION, mark, stored, "device = :device", device=device)

    @staticmethod
    @needs("FleetTable", "dynamodb:ConditionCheckItem", keys=[card_key(ANY)])
    def same_writes(reach: Reach, card: Card) -> list[Write]:
        """G9: the check of a transaction that the serial number is still this device's."""
        reach.demand_change(card.organization, "Gateway")
        return [Write.check(card_key(card.sn), "device = :device", device={"S": card.id})]


def _sections(*items: table.Item | None) -> dict[str, Section]:
    return {kind: unpack(item[kind]) for item in items if item for kind in KINDS if kind in item}


def _link(stored: table.Item, status: table.Item | None) -> Link:
    card = _CARDS.parse(stored)
    items = [stored, *([status] if status and table.text(status, "device") == card.id else [])]
    marks = {kind: each[kind] for each in items for kind in KINDS if kind in each}
    sections = {kind: unpack(each) if kind == Presence.kind else Section(mark_of(each), {}) for kind, each in marks.items()}
    gateway = Gateway(card, Reports.of(sections))
    if _CONNECTION not in stored:
        return Link(gateway)
    last = unpack(stored[_CONNECTION])
    return Link(gateway, Connection(**last.value), last.mark)


def _gateway(stored: table.Item, status: table.Item | None) -> Gateway:
    card = _CARDS.parse(stored)
    if card.deleted:
        raise NotFound("Gateway")
    own = status if status and table.text(status, "device") == card.id else None
    return Gateway(card, Reports.of(_sections(stored, own)))


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
