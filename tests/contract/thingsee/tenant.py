"""A tenant that calls routes of the Thingsee API, and checks of responses."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import time_machine

from edge.entry import Entry
from functions.thingsee.group.create import handler as create_group
from functions.thingsee.group.list_things import handler as list_group_things
from tests.harness.aws import restore, snapshot
from tests.harness.call import Response, call
from tests.harness.fleet import Fleet
from tests.harness.recorder import Recorder
from tests.harness.thingsee_world import ThingseeWorld

JSON = "application/json; charset=UTF-8"
"""Headers of the vendor's clients."""
UNKNOWN = "NOTHING0001"
"""The TUID of an unknown thing."""
_PROVISIONED = datetime(2026, 1, 5, 9, tzinfo=UTC)


@dataclass(frozen=True)
class Tenant:
    """An organization with things and an API client."""

    things: ThingseeWorld

    @classmethod
    def of(cls, fleet: Fleet) -> Tenant:
        return cls(ThingseeWorld.of(fleet))

    @property
    def headers(self) -> dict[str, str]:
        return {**self.things.bearer, "Content-Type": JSON}

    def ask(self, entry: Entry, body: Any = None, query: dict[str, str] | None = None, **path: str) -> Response:
        return call(entry, path, body=body, query=query, headers=self.headers)

    def data(self, entry: Entry, body: Any = None, query: dict[str, str] | None = None, **path: str) -> Any:
        """The member `data`; checks the members that all successes have (thingsee.md 1.1)."""
        answer = self.ask(entry, body, query, **path)
        assert answer.status == 200, f"{(body, query, path)!a:.200}: {answer.content!r}"
        assert answer.json.keys() == {"data"}
        return answer.json["data"]

    def group(self, name: str, description: str | None = None) -> str:
        """Create a group; returns its id."""
        self.data(create_group, {"group_id": name, **({} if description is None else {"group_description": description})})
        return name

    def members(self, name: str) -> list[str]:
        """The TUIDs of the things in a group."""
        found: list[str] = self.data(list_group_things, groupid=name)["tuids"]
        return found


@dataclass(frozen=True)
class Tenants:
    """Two tenants with a few things each, and a snapshot of the tables.

    `sensor` was never heard; `heard` was heard through `gateway`. The other tenant's sensor is `theirs`, in a group of that name.
    """

    tenant: Tenant
    other: Tenant
    sensor: str
    heard: str
    gateway: str
    theirs: str

    @staticmethod
    @functools.cache
    def _prepare() -> tuple[Tenants, dict[str, Any]]:
        with time_machine.travel(_PROVISIONED, tick=False):
            fleet = Fleet()
            tenant, other = Tenant.of(fleet), Tenant.of(fleet)
            things = tenant.things
            made = Tenants(tenant, other, things.sensor(), things.sensor(), things.gateway(), other.things.sensor())
            things.heard(made.heard, made.gateway)
            other.group("theirs")
            other.things.move(made.theirs, "theirs")
        return made, snapshot()

    @classmethod
    def fresh(cls) -> Tenants:
        """A copy of the tenants, created once a process, with the tables restored."""
        made, tables = cls._prepare()
        restore(tables)
        things = made.tenant.things
        return replace(made, tenant=Tenant(replace(things, hardware=dict(things.hardware))), other=Tenant(replace(made.other.things)))


def refusal_message(answer: Response, status: int, case: object = None) -> str:
    """The message of a refusal; checks the members that all refusals have (thingsee.md 1.4). `case` names the failing case."""
    body = answer.json
    assert answer.status == status, f"{case!a:.200}: {body}"
    assert body == {"statusCode": status, "error": HTTPStatus(status).phrase, "message": body["message"]}
    message: str = body["message"]
    assert message
    return message


def writes(recorder: Recorder) -> list[str]:
    """The recorded requests that write."""
    changing = ("WriteItems", "WriteItem", "PutItem", "UpdateItem", "DeleteItem", "SendMessage")
    return [request for request in recorder.requests if request.endswith(changing)]
