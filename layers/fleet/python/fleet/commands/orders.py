"""Orders to a gateway's own system: one item for each gateway and kind, the newest order of that kind."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.access import Reach, Unplaced
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, both
from fleet.aws.writes import NEW, Write, attempt
from fleet.commands.order import Order, OrderKind, OrderState
from fleet.grants import needs

_ITEMS = Items(Order, "Gateway", beside=("state", "message"))


def key(sn: str, kind: OrderKind) -> table.Key:
    return f"ACTIONS#{sn}", kind


@dataclass(frozen=True)
class Latest(Unplaced):
    """The id in the item, if there is one, and the order if it is of an organization that the caller's reach covers."""

    id: str | None
    order: Order | None


class Orders:
    """Orders to a gateway's own system (access-patterns.md A1 to A3)."""

    @staticmethod
    def latest(sn: str, kind: OrderKind) -> Read[Latest]:
        """A1: the newest order of a kind, with the credential. It does not tell whose gateway that is."""
        any_order, visible_order = _ITEMS.unchecked(key(sn, kind)), _ITEMS.one(key(sn, kind)).optional()
        return both(any_order, visible_order).map(lambda orders: Latest(orders[0].id if orders[0] else None, orders[1]))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def give_writes(reach: Reach, order: Order, before: Latest) -> list[Write]:
        """A2: the writes of an order, in place of the one before. They fail when another was given meanwhile."""
        attributes = _ITEMS.attributes(reach, order) | {"id": {"S": order.id}}
        if before.id is None:
            return [Write.put(key(order.sn, order.kind), attributes, NEW)]
        return [Write.put(key(order.sn, order.kind), attributes, "id = :before", before={"S": before.id})]

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem")
    def finish(reach: Reach, order: Order, state: OrderState, message: str) -> bool:
        """A3: the outcome of an order; the first one stays, and False is returned for any other, and for an order that is replaced."""
        reach.demand(order.organization, "Gateway")
        outcome = Write.update(
            key(order.sn, order.kind),
            "SET #state = :state, #message = :message",
            "id = :id AND #state = :pending",
            names={"#state": "state", "#message": "message"},
            state={"S": state},
            message={"S": message},
            id={"S": order.id},
            pending={"S": "PENDING"},
        )
        return attempt(outcome)
