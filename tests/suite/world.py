"""A world in which every route has something to be called about, and the good call of each route."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3

from edge.entry import Entry
from fleet.access import EVERYWHERE
from fleet.aws.hashes import credential_hash
from fleet.tenancy import sealing
from fleet.tenancy.organization import Organization
from tests.harness.aws import restore, snapshot
from tests.harness.call import Response, call, event_of
from tests.harness.fleet import Fleet
from tests.suite.dialect import Seeds, profile
from tests.suite.routes import every_route, variables


@dataclass
class World:
    """An organization, and what each dialect's routes are called about in it: seeded when the first of them is called."""

    fleet: Fleet
    organization: Organization
    made: datetime
    repeatable: bool = False
    """Whether credentials stay good when calls are repeated hours later."""
    _seeds: dict[str, Seeds] = field(default_factory=dict)

    @classmethod
    def make(cls, fleet: Fleet, *, repeatable: bool = False) -> World:
        return cls(fleet, fleet.organization(), datetime.now(UTC), repeatable)

    def of(self, entry: Entry) -> Seeds:
        """What the routes of an entry's dialect are called about."""
        dialect = entry.route.dialect
        if dialect not in self._seeds:
            self._seeds[dialect] = profile(dialect).seeds(self.fleet, self.organization, repeatable=self.repeatable)
        return self._seeds[dialect]

    def fresh(self) -> World:
        """The same world for another test, once the tables are put back."""
        return replace(self, _seeds={name: each.fresh() for name, each in self._seeds.items()})

    def ready(self, *entries: Entry) -> World:
        """Have all that calls of these routes are about, and keys in memory: for a test that counts what a call itself does."""
        for entry in entries:
            self.of(entry)
        credential_hash("")
        sealing.seal(EVERYWHERE, self.organization.id, "", b"")
        return self

    def prepare(self) -> None:
        """Make every credential of the dialects that are seeded: from now on they grow old."""
        for name, each in self._seeds.items():
            each.prepare(profile(name).credentials)
        self.made = datetime.now(UTC)

    def surround(self, total: int, here: int, places: int) -> None:
        """Have so many devices for each dialect's routes: `here` of them beside what they are called about, others in more places."""
        for each in self._seeds.values():
            each.surround(total, here, places)

    def call(self, entry: Entry, **changed: Any) -> Response:
        """The good call of a route, with whatever a test wants to be otherwise."""
        return call(entry, **self.arguments(entry, **changed))

    def event(self, entry: Entry) -> dict[str, Any]:
        """The event of the good call of a route."""
        return event_of(entry, **self.arguments(entry))

    def arguments(self, entry: Entry, **changed: Any) -> dict[str, Any]:
        """The arguments of a call; `key` is the credential, whatever header it is sent in."""
        of = self.of(entry)
        known = of.path(entry)
        if missing := set(variables(entry)) - known.keys():
            raise LookupError(f"tests/suite/{entry.route.dialect}.py: say in `path` what {', '.join(sorted(missing))} is here")
        made = {"path": known, "query": of.query(entry), "headers": {}, **changed}
        if "body" not in made:
            made["body"] = of.body(entry)
        credential = made.pop("key") if "key" in made else of.credential(entry)
        return made | {"headers": header(entry, credential) | made["headers"]}


def header(entry: Entry, credential: str | None) -> dict[str, str]:
    """The header in which a route takes a credential."""
    if credential is None:
        return {}
    (scheme,) = entry.route.security.values()
    return {scheme["name"]: credential} if scheme["type"] == "apiKey" else {"Authorization": f"Bearer {credential}"}


def download_role() -> str:
    """A role to sign downloads with, as in the template."""
    return str(boto3.client("iam").create_role(RoleName="downloads", AssumeRolePolicyDocument="{}")["Role"]["Arn"])


@cache
def _made() -> tuple[World, dict[str, Any]]:
    """A world that is ready for all calls, with whatever credential, and what the tables hold of it."""
    world = World.make(Fleet()).ready(*every_route())
    world.prepare()
    return world, snapshot()


def fresh() -> World:
    """The world as it was made, in the tables too: it is made once a process."""
    world, tables = _made()
    restore(tables)
    return world.fresh()
