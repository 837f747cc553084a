"""A customer's client that calls routes, and how its answers are read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from edge.route import Entry
from fleet.aws import clients
from functions.thingsee.group import create, list_things
from tests.harness.call import Answered, call
from tests.harness.fleet import Fleet
from tests.harness.things import Field

JSON = "application/json; charset=UTF-8"
"""What the vendor's clients send with every request."""


@dataclass(frozen=True)
class Customer:
    """An organization with things, and a token of its client."""

    field: Field
    token: str

    @classmethod
    def of(cls, fleet: Fleet, **fields: Any) -> Customer:
        field = Field.of(fleet, **fields)
        return cls(field, field.token)

    def ask(self, entry: Entry, body: Any = None, query: dict[str, str] | None = None, **path: str) -> Answered:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": JSON}
        return call(entry, path, body=body, query=query, headers=headers)

    def data(self, entry: Entry, body: Any = None, query: dict[str, str] | None = None, **path: str) -> Any:
        """What is in `data`, after a look at what all successes have in common (contract, 1.1)."""
        answer = self.ask(entry, body, query, **path)
        assert answer.status == 200, answer.content
        assert answer.json.keys() == {"data"}
        return answer.json["data"]

    def group(self, name: str, description: str | None = None) -> str:
        self.data(create.handler, {"group_id": name, **({} if description is None else {"group_description": description})})
        return name

    def members(self, name: str) -> list[str]:
        found: list[str] = self.data(list_things.handler, groupid=name)["tuids"]
        return found


def refused(answer: Answered, status: int) -> str:
    """The message of a refusal, after a look at the body that all of them have (contract, 1.4)."""
    body = answer.json
    assert answer.status == status, body
    assert body == {"statusCode": status, "error": HTTPStatus(status).phrase, "message": body["message"]}
    message: str = body["message"]
    assert message
    return message


def meanwhile(act: Callable[[], object]) -> None:
    """Have something done just before the next transaction is sent, as by another function that came first."""
    done: list[bool] = []

    def once(**_: Any) -> None:
        if not done:
            done.append(True)
            act()

    clients.dynamodb().meta.events.register("before-call.dynamodb.TransactWriteItems", once)
