"""A world in which every route has something to be called about, and the good call of each route."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from copy import copy, deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import boto3

from edge.route import Entry
from fleet import ids
from fleet.access import EVERYWHERE
from fleet.aws.hashes import credential_hash
from fleet.configuration.image import Firmware
from fleet.configuration.images import Firmwares
from fleet.files.file import LogFile
from fleet.files.files import Logs
from fleet.identity.api_key import ApiKey
from fleet.ids import to_uuid
from fleet.registry import reveal_secrets
from fleet.registry.gateway import Card
from fleet.registry.location import Location
from fleet.registry.lorawan import Server
from fleet.tenancy import sealing
from fleet.tenancy.organization import Organization
from tests.harness.aws import kept, put_back
from tests.harness.call import Answered, call
from tests.harness.canary import MARK
from tests.harness.fleet import Fleet, Person
from tests.suite import settings, yard
from wisdm.shapes.fields import shown

ROOT = Path(__file__).parents[2]


FURTHER: dict[str, list[dict[str, Any]]] = {
    **settings.FURTHER,
    **yard.FURTHER,
    "create_location": [
        {
            "body": {
                "name": "Harbour West",
                "workMode": "Basics station",
                "basicStation": {
                    "serverType": "LNS",
                    "serverURL": "wss://lns.example",
                    "serverPort": 443,
                    "token": "blue-anchor-7",
                    "authenticationMode": "TLS Server Authentication and Client Token Authentication",
                    "trustCACertificate": "-----BEGIN CERTIFICATE-----MIIB-----END CERTIFICATE-----",
                },
                "advancedFrequencySettings": {"region": "EU868"},
            }
        }
    ],
}
"""Calls beside the good one that a route needs to make use of everything it may do."""


@cache
def every_route() -> list[Entry]:
    """The entries of all route files, by dialect, path and method."""
    entries = []
    for file in sorted((ROOT / "functions").glob("*/*/*.py")):
        if file.parts[-3] != "workers":
            module = importlib.import_module(".".join(file.relative_to(ROOT).with_suffix("").parts))
            entries.append(module.handler)
    return sorted(entries, key=lambda entry: (entry.route.dialect, entry.route.path, entry.route.method))


def name(entry: Entry) -> str:
    return f"{entry.route.dialect}-{entry.route.name}"


def example(entry: Entry, part: str) -> dict[str, Any] | None:
    """The documented example of a route's body or query."""
    shape = entry.route.shapes.get(part)
    if shape is None:
        return None
    return deepcopy(_example(shape))


@cache
def _example(shape: Any) -> dict[str, Any]:
    examples = shape.model_json_schema().get("examples") or [{}]
    found: dict[str, Any] = examples[0]
    return found


@dataclass
class World:
    """An organization with a location, a gateway in it that is online and has a command, and a gateway to register."""

    fleet: Fleet
    organization: Organization
    location: Location
    card: Card
    key: str
    command: int = 0

    @classmethod
    def make(cls, fleet: Fleet) -> World:
        organization = fleet.organization()
        server = Server(type="LNS", url="wss://lns.example", port=443, authentication="client_token", trust="-", individual=True)
        location = fleet.location(organization, server=server)
        card = fleet.gateway(organization, location, fleet.box(model=settings.MODEL))
        fleet.online(card)
        fleet.box(sn="918100A1B2C3D4E501", eui="ac1f09fffe0a1b2c")
        world = cls(fleet, organization, location, card, fleet.key(organization))
        world._fill()
        return world

    def _fill(self) -> None:
        """A status with a sealed Wi-Fi key, settings, a battery, a log file, and a command."""
        settings.fill(self.fleet, self.organization, self.location, self.card)
        sealed = sealing.seal(EVERYWHERE, self.organization.id, reveal_secrets.sealed_in(self.card.sn), b"blue-anchor-7")
        self.fleet.reports(self.card, "status", {"network": {"lan": {"wifi": {"enabled": True, "key": {"sealed": sealed}}}}}, seq=3)
        image = Firmware(model=self.card.model, version="2.2.13", key="firmware/x", size=1, sha256="0" * 64, added=datetime.now(UTC))
        Firmwares.add(EVERYWHERE, image)
        file = LogFile(key=f"logs/{self.card.sn}/2026-01-04/syslog.txt.gz", size=1, modified=datetime.now(UTC))
        Logs.record(EVERYWHERE, self.organization.id, self.card.sn, file)
        self.command = self.call(named("send_async_command")).json["commandId"]

    def path(self, entry: Entry) -> dict[str, str]:
        """What the variables of a route's path are in this world."""
        known = {
            "metric": "rssi",
            "organizationId": to_uuid(self.organization.id),
            "locationId": self.location.id,
            "sn": self.card.sn,
            "commandId": str(self.command),
        }
        path = {part: value for part, value in known.items() if f"{{{part}}}" in entry.route.path}
        if entry.route.dialect == "thingsee":
            return self.yard.path(entry)
        return path | ({"keyId": self.managed.id} if "{keyId}" in entry.route.path else {})

    @cached_property
    def managed(self) -> ApiKey:
        """A key for the console to manage."""
        return self.fleet.api_key(self.organization)[0]

    @cached_property
    def person(self) -> Person:
        """An administrator with an authenticator."""
        return self.fleet.person(self.organization)

    @cached_property
    def session(self) -> str:
        return self.fleet.session(self.person)

    @cached_property
    def yard(self) -> yard.Yard:
        """The organization's things."""
        return yard.Yard(self.fleet, self.organization)

    def credential(self, entry: Entry) -> str | None:
        """What a good call of a route is made with: a key, a session, a token, or nothing."""
        if takes(entry, "thingsee"):
            return self.yard.credential
        if takes(entry, "session"):
            return self.session
        return self.key if takes(entry, "wisdm") else None

    def ready(self, entry: Entry) -> None:
        """Have all at hand that the route's good call needs, keys in memory among it, for a test that counts what the call itself does."""
        credential_hash("")
        sealing.seal(EVERYWHERE, self.organization.id, "", b"")
        self.credential(entry)
        self.path(entry)
        if entry.route.dialect == "wisdm" and not takes(entry, "wisdm"):
            assert self.person

    def foreign(self, entry: Entry) -> str:
        """The same of another organization."""
        if takes(entry, "thingsee"):
            return self.yard.foreign()
        other = self.fleet.organization()
        return self.fleet.session(self.fleet.person(other)) if takes(entry, "session") else self.fleet.key(other)

    def body(self, entry: Entry) -> Any:
        """The documented example of a route's body, told of this world's people and places."""
        given = example(entry, "body")
        if entry.route.dialect == "thingsee":
            return self.yard.body(entry, given)
        if given:
            given = {**given, **{name: f"{MARK}-7" for name in ("password", "bsToken") if name in given}}
        if given and "locationIds" in given:
            given = {**given, "locationIds": [self.location.id]}
        if given and "confirmation" in given:
            given = {**given, "confirmation": self.person.proof()}
        if given and "email" in given:
            given = {"email": self.person.user.email, **self.person.proof()}
        return given

    def call(self, entry: Entry, **changed: Any) -> Answered:
        """The good call of a route, with whatever a test wants to be otherwise."""
        arguments = {"path": self.path(entry), "query": self.query(entry), **changed}
        if "key" not in arguments:
            arguments["key"] = self.credential(entry)
        if "body" not in arguments:
            arguments["body"] = self.body(entry)
        if not takes(entry, "wisdm") and (token := arguments.pop("key")):
            arguments["headers"] = {"Authorization": f"Bearer {token}", **arguments.get("headers", {})}
        return call(entry, **arguments)

    def query(self, entry: Entry) -> Mapping[str, str] | None:
        """The documented example, save that it asks for the time in which this world's files came."""
        now = datetime.now(UTC)
        today = {"startDate": shown(now - timedelta(days=1)), "endDate": shown(now + timedelta(days=1))}
        given = example(entry, "query") or {}
        return {name: today.get(name, str(value)) for name, value in given.items()} or None


def takes(entry: Entry, credential: str) -> bool:
    """Whether a route takes this kind of credential: `wisdm` keys, a `session`, or `thingsee` tokens."""
    return credential in entry.dialect.security


def named(route: str) -> Entry:
    return next(entry for entry in every_route() if entry.route.name == route)


def unknown(variable: str) -> str:
    """A well-formed value of a path variable that names nothing."""
    return {"sn": "UNKNOWN00001", "commandId": "1", "tuid": "UNKNOWN00001", "groupid": "unknown"}.get(variable) or to_uuid(ids.new_id())


def download_role() -> str:
    """A role to sign downloads with, as in the template."""
    return str(boto3.client("iam").create_role(RoleName="downloads", AssumeRolePolicyDocument="{}")["Role"]["Arn"])


@cache
def _made() -> tuple[World, dict[str, Any]]:
    """A world with all at hand that any route's good call needs, and what the tables hold of it."""
    world = World.make(Fleet())
    for entry in every_route():
        world.ready(entry)
    assert world.managed
    return world, kept()


def fresh() -> World:
    """The world as it was made, in the tables too: it is made once a process."""
    world, tables = _made()
    put_back(tables)
    again = copy(world)
    again.__dict__["person"] = copy(world.person)
    again.__dict__["yard"] = copy(world.yard)
    again.yard.field = copy(world.yard.field)
    return again
