"""A world with the objects that every route needs, and the valid call of each route."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3

from edge.entry import Entry
from fleet.access import EVERYWHERE, SHARED
from fleet.tenancy import encryption
from fleet.tenancy.create_organization import ensure_shared
from fleet.tenancy.organization import Organization
from tests.harness.aws import read_secrets, restore, snapshot
from tests.harness.call import Response, call, event_of
from tests.harness.fleet import Fleet
from tests.suite.dialect import Seeds, profile
from tests.suite.routes import every_route, variables


@dataclass
class World:
    """An organization and each dialect's objects in it, created when the dialect's first route is called."""

    fleet: Fleet
    organization: Organization
    made: datetime
    repeatable: bool = False
    """Whether credentials stay valid for hours."""
    _seeds: dict[str, Seeds] = field(default_factory=dict)

    @classmethod
    def make(cls, fleet: Fleet, *, repeatable: bool = False) -> World:
        return cls(fleet, fleet.organization(), datetime.now(UTC), repeatable)

    def of(self, entry: Entry) -> Seeds:
        """The objects of an entry's dialect."""
        dialect = entry.route.dialect
        if dialect not in self._seeds:
            self._seeds[dialect] = profile(dialect).seeds(self.fleet, self.organization, repeatable=self.repeatable)
        return self._seeds[dialect]

    def fresh(self) -> World:
        """The same world for another test, once the tables are restored."""
        return replace(self, _seeds={name: each.fresh() for name, each in self._seeds.items()})

    def ready(self, *entries: Entry) -> World:
        """Create the objects of these routes and cache secrets in memory, so that a test measures only the call itself."""
        for entry in entries:
            self.of(entry)
        read_secrets()
        ensure_shared(EVERYWHERE)
        for organization in (self.organization.id, SHARED):
            encryption.encrypt_at_rest(EVERYWHERE, organization, "", b"")
        return self

    def prepare(self) -> None:
        """Create every credential of the dialects in use; they begin to age now."""
        for name, each in self._seeds.items():
            each.prepare(profile(name).credentials)
        self.made = datetime.now(UTC)

    def surround(self, total: int, here: int, places: int) -> None:
        """Add devices for each dialect: `here` of them beside those that routes are called with, the others elsewhere."""
        for each in self._seeds.values():
            each.surround(total, here, places)

    def call(self, entry: Entry, **changed: Any) -> Response:
        """Make the valid call of a route, with a test's changes."""
        return call(entry, **self.arguments(entry, **changed))

    def unused(self, entry: Entry) -> World:
        """This world, in which the credentials of the entry's dialect have not been used for a while."""
        self.of(entry).unused()
        return self

    def event(self, entry: Entry) -> dict[str, Any]:
        """The event of a route's valid call."""
        return event_of(entry, **self.arguments(entry))

    def arguments(self, entry: Entry, **changed: Any) -> dict[str, Any]:
        """The arguments of a call; `key` is the credential, whatever header it is sent in, `members` are in place of those of its body."""
        of = self.of(entry)
        known = of.path(entry)
        if missing := set(variables(entry)) - known.keys():
            raise LookupError(f"tests/suite/{entry.route.dialect}.py: say in `path` what {', '.join(sorted(missing))} is here")
        made = {"path": known, "query": of.query(entry), "headers": {}, **changed}
        if "body" not in made:
            made["body"] = of.body(entry)
        if members := made.pop("members", None):
            made["body"] = {**made["body"], **members}
        credential = made.pop("key") if "key" in made else of.credential(entry)
        return made | {"headers": of.headers(entry, credential) | made["headers"]}


def download_role(name: str) -> str:
    """A role that signs downloads, as in the template."""
    return str(boto3.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"])


@cache
def _prepare() -> tuple[World, dict[str, Any]]:
    """Create a world for all calls and credentials, and a snapshot of the tables."""
    world = World.make(Fleet()).ready(*every_route())
    world.prepare()
    return world, snapshot()


def fresh() -> World:
    """A copy of the world, created once a process, with the tables restored."""
    world, tables = _prepare()
    restore(tables)
    return world.fresh()
