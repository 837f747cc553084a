"""A tenant whose routes are called, and how answers are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fleet.aws import clients, table
from fleet.ids import to_uuid
from fleet.registry.gateway import Card
from fleet.registry.location import Location
from fleet.tenancy.organization import Organization
from tests.harness.aws import stored
from tests.harness.call import Answered
from tests.harness.fleet import Box, Fleet

_TRANSACTION = "before-call.dynamodb.TransactWriteItems"


@dataclass(frozen=True)
class Tenant:
    """An organization, and a key of it that may do everything."""

    fleet: Fleet
    organization: Organization
    key: str

    @classmethod
    def of(cls, fleet: Fleet) -> Tenant:
        organization = fleet.organization()
        return cls(fleet, organization, fleet.key(organization))

    @property
    def path(self) -> dict[str, str]:
        """The path value that names the organization."""
        return {"organizationId": to_uuid(self.organization.id)}

    def location(self, **fields: Any) -> Location:
        return self.fleet.location(self.organization, **fields)

    def gateway(self, location: Location | None = None, box: Box | None = None, **fields: Any) -> Card:
        return self.fleet.gateway(self.organization, location, box, **fields)

    def limited(self, *locations: Location, **fields: Any) -> str:
        """A key that is limited to these locations."""
        return self.fleet.key(self.organization, locations=tuple(location.id for location in locations), **fields)


def refused(answer: Answered, status: int) -> str:
    """The message of a refusal, after a look at the body that all of them have (contract, 1.4)."""
    body = answer.json
    assert answer.status == status, body
    assert body["statusCode"] == status
    assert body["error"] == HTTPStatus(status).phrase
    assert ("details" in body) == (status == 400)
    message: str = body["message"]
    return message


def failing(answer: Answered) -> list[str]:
    """The fields that a 400 names, in its order."""
    assert refused(answer, 400) == "Invalid parameters"
    return [detail["field"] for detail in answer.json["details"]]


def rows() -> list[dict[str, Any]]:
    """All that is stored in the fleet table."""
    return sorted(stored(table.table()), key=lambda row: (row["pk"]["S"], row["sk"]["S"]))


def remove(pair: table.Key) -> None:
    """Take an item out of the fleet table, as no route does yet."""
    clients.dynamodb().delete_item(TableName=table.table(), Key=table.key(pair))


def meanwhile(act: Callable[[], object]) -> None:
    """Have something done just before the next transaction is sent, as by another function that came first."""
    done: list[bool] = []

    def once(**_: Any) -> None:
        if not done:
            done.append(True)
            act()

    clients.dynamodb().meta.events.register(_TRANSACTION, once)


@contextmanager
def each_time(act: Callable[[], object]) -> Iterator[None]:
    """Have something done just before every transaction is sent, meanwhile."""

    def always(**_: Any) -> None:
        act()

    clients.dynamodb().meta.events.register(_TRANSACTION, always)
    try:
        yield
    finally:
        clients.dynamodb().meta.events.unregister(_TRANSACTION, always)


def sent_to(sn: str) -> list[dict[str, Any]]:
    """The messages in a gateway's outbox."""
    return [json.loads(row["body"]["S"]) for row in rows() if row["pk"]["S"] == f"DOWNLINK#{sn}"]
