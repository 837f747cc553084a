"""Actions of gateways: one item for each gateway and kind, the newest order of that kind."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.access import Reach, Unplaced
from fleet.aws import clients, table
from fleet.aws.items import Items
from fleet.aws.reads import Read, both
from fleet.aws.writes import Write
from fleet.commands.order import Action, Kind, State
from fleet.errors import NotFound
from fleet.grants import needs


def key(sn: str, kind: Kind) -> table.Key:
    return f"ACTIONS#{sn}", kind


@dataclass(frozen=True)
class Latest(Unplaced):
    """The id in the item, if there is one, and the order if it is of an organization that the caller's reach covers."""

    id: str | None
    action: Action | None


_ITEMS = Items(Action, "Gateway", beside=("state", "message"))


class Actions:
    """Orders to a gateway's own system (access-patterns.md A1 to A3)."""

    @staticmethod
    def latest(sn: str, kind: Kind) -> Read[Latest]:
        """A1: the newest order of a kind, with the credential. It says nothing of whose gateway that is."""
        of_anybody, own = _ITEMS.unchecked(key(sn, kind)), _ITEMS.one(key(sn, kind)).optional()
        return both(of_anybody, own).map(lambda orders: Latest(orders[0].id if orders[0] else None, orders[1]))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def ordering(reach: Reach, action: Action, before: Latest) -> Write:
        """A2: the write of an order, in place of the one before; it fails when another was given meanwhile."""
        if not reach.covers(action.organization):
            raise NotFound("Gateway")
        row = {
            "org": {"S": action.organization},
            "id": {"S": action.id},
            "state": {"S": action.state},
            "message": {"S": action.message},
            "body": {"S": action.model_dump_json(exclude={"state", "message"}, exclude_none=True)},
        }
        if before.id is None:
            return Write.put(key(action.sn, action.kind), row)
        return Write.put(key(action.sn, action.kind), row, "id = :before", before={"S": before.id})

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem")
    def finish(reach: Reach, action: Action, state: State, message: str) -> bool:
        """A3: the outcome of an order; the first one stays, and False is returned for any other, and for an order that is replaced."""
        if not reach.covers(action.organization):
            raise NotFound("Gateway")
        client = clients.dynamodb()
        try:
            client.update_item(
                TableName=table.table(),
                Key=table.key(key(action.sn, action.kind)),
                UpdateExpression="SET #state = :state, #message = :message",
                ConditionExpression="id = :id AND #state = :pending",
                ExpressionAttributeNames={"#state": "state", "#message": "message"},
                ExpressionAttributeValues={
                    ":state": {"S": state},
                    ":message": {"S": message},
                    ":id": {"S": action.id},
                    ":pending": {"S": "PENDING"},
                },
            )
        except client.exceptions.ConditionalCheckFailedException:
            return False
        return True
