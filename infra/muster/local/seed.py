"""Seeds two organizations, each with keys, a location and simulated gateways."""

from __future__ import annotations

import contextlib
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fleet.aws import clients
from fleet.errors import Conflict
from fleet.identity.api_key import Access
from fleet.ids import to_uuid
from fleet.tenancy.organization import Address
from muster.local import seed_things
from muster.operator import access_token, api_key, environment, firmware, gateway, keyring, organization, rules, thingsee_client, user
from muster.simulate import device

GATEWAYS = 3
"""How many gateways each organization gets."""
DEVICE = "Pump 1"
"""The name of each organization's WEGnology device."""
FIRMWARE = ("2.2.13", "2.2.20")
"""Firmware versions that gateways can be upgraded or downgraded to."""
_MODELS = ("RAK7289CV2", "RAK7268V2", "RAK7240V2")


@dataclass(frozen=True)
class Plan:
    """The data of an organization to seed."""

    name: str
    slug: str
    location: str
    address: Address
    number: int


PLANS = (
    Plan(
        "Harbour", "harbour", "Harbour East", Address(country="Finland", line="Quay 3", city="Turku", latitude=60.435, longitude=22.236), 1
    ),
    Plan(
        "Meadow",
        "meadow",
        "Meadow North",
        Address(country="Finland", line="Field Road 8", city="Loimaa", latitude=60.851, longitude=23.058),
        2,
    ),
)


@dataclass(frozen=True)
class SeededOrganization:
    """A seeded organization, as written to `.muster/local.json`."""

    id: str
    applicationId: str
    name: str
    slug: str
    wisdm: Mapping[str, str]
    admin: Mapping[str, str] = field(default_factory=dict)
    locations: list[str] = field(default_factory=list)
    gateways: list[str] = field(default_factory=list)
    thingsee: Mapping[str, str] = field(default_factory=dict)
    things: list[str] = field(default_factory=list)
    wegnology: Mapping[str, str] = field(default_factory=dict)
    silentThings: list[str] = field(default_factory=list)


class SeedingFailed(Exception):
    """A route refused a request of the seeding; the message holds its answer."""


def seed(base_url: str, folder: Path) -> list[SeededOrganization]:
    """Create what does not exist. `folder` holds the results of earlier starts, and the gateways' keys."""
    file = folder / "organizations.json"
    seeded = {one["slug"]: SeededOrganization(**one) for one in json.loads(file.read_text())} if file.exists() else {}
    _catalogue(folder / "firmware")
    _ask_for_urls(folder / "gateways.json")
    made = []
    for plan in PLANS:
        made.append(_complete(seeded[plan.slug], base_url) if plan.slug in seeded else _create(plan, base_url, folder / "gateways.json"))
        environment.write_private(file, json.dumps([asdict(one) for one in made], indent=2))
    return made


def _complete(seeded: SeededOrganization, base_url: str) -> SeededOrganization:
    """An organization of an earlier start, with what it did not get then."""
    return seeded if "device" in seeded.wegnology else replace(seeded, wegnology=_application(seeded.applicationId, seeded.slug, base_url))


def _catalogue(folder: Path) -> None:
    """Firmware images for the simulated models: simulated gateways check only their digest."""
    folder.mkdir(parents=True, exist_ok=True)
    for model in _MODELS:
        for version in FIRMWARE:
            image = folder / f"{model}-{version}"
            image.write_text(f"{model} {version}\n")
            firmware.add(model, version, image)


def _ask_for_urls(keys: Path) -> None:
    """Give the gateways of earlier starts the URLs of their queues anew: they name the local cloud's port, which may be another."""
    if keys.exists():
        sqs, uplink = clients.sqs(), clients.setting("UPLINK_QUEUE")
        urls = {one.sn: sqs.get_queue_url(QueueName=one.queue_url.rpartition("/")[2])["QueueUrl"] for one in keyring.load(keys)}
        keyring.save([replace(one, queue_url=urls[one.sn], uplink_url=uplink) for one in keyring.load(keys)], keys)


def _create(plan: Plan, base_url: str, keys: Path) -> SeededOrganization:
    with contextlib.suppress(Conflict):  # it exists when an earlier start was interrupted
        organization.create(plan.name, plan.slug, address=plan.address)
    id = organization.find(plan.slug).id
    read, write = _key(id, "READ_ONLY", ()), _key(id, "READ_WRITE", rules.PERMISSIONS)
    api = _Api(base_url, {"X-API-KEY": write})
    location = _location(api, plan, to_uuid(id))
    gateways = [_gateway(api, location, identity) for identity in _identities(plan, keys)]
    things = seed_things.make(plan.slug, plan.number, keys)
    return SeededOrganization(
        to_uuid(id),
        id,
        plan.name,
        plan.slug,
        wisdm={"readKey": read, "writeKey": write},
        admin=_admin(plan),
        locations=[location],
        gateways=gateways,
        thingsee=_client(plan, id),
        wegnology=_application(id, plan.slug, base_url),
        things=things.speaking,
        silentThings=things.silent,
    )


def _client(plan: Plan, owner: str) -> Mapping[str, str]:
    """A client of the Thingsee API. One from an interrupted start stays as it is."""
    made = thingsee_client.create(owner, f"{plan.slug}-{secrets.token_hex(2)}")
    return {"clientId": made.client_id, "clientSecret": made.client_secret or ""}


def _application(id: str, slug: str, base_url: str) -> Mapping[str, str]:
    """A token of the WEGnology API, whose application is the organization, and a device with a token of its own."""
    token = _token(access_token.TokenRequest(id, "local", ("all.Application",), owner_email=f"admin@{slug}.example"))
    api = _Api(base_url, {"Authorization": f"Bearer {token}"})
    path = f"/applications/{id}/devices"
    sent = {"name": DEVICE, "tags": [{"key": "hall", "value": "north"}], "attributes": list(device.ATTRIBUTES)}
    made = [each["id"] for each in api.get(f"{path}?filterField=name&filter={quote(DEVICE)}")["items"]] or [api.post(path, sent)["id"]]
    of_device = access_token.TokenRequest(id, "pump", ("all.Device",), device=made[0])
    return {"token": token, "device": made[0], "deviceToken": _token(of_device)}


def _token(request: access_token.TokenRequest) -> str:
    return access_token.create(request).token


def _admin(plan: Plan) -> Mapping[str, str]:
    """A manager, who manages the organization's keys. One from an interrupted start stays as they are."""
    for name in ("admin", f"admin.{secrets.token_hex(2)}"):
        with contextlib.suppress(Conflict):
            made = user.create(f"{name}@{plan.slug}.example", [f"{plan.slug}:manager"], totp=True)
            return {"email": made.email, "password": made.password or "", "totpSecret": made.totp_secret or ""}
    return {}


def _key(owner: str, access: Access, permissions: tuple[str, ...]) -> str:
    name = f"local {access.lower()} {secrets.token_hex(2)}"
    return api_key.create(api_key.KeyRequest(organization=owner, name=name, access=access, days=365, permissions=permissions)).key


def _location(api: _Api, plan: Plan, owner: str) -> str:
    path = f"/v4/organization/{owner}/locations"
    for location in api.get(path)["locations"]:
        if location["name"] == plan.location:
            return str(location["id"])
    server = {"serverType": "LNS", "serverURL": f"wss://lns.{plan.slug}.example", "serverPort": 443, "authenticationMode": "None"}
    request = {
        "name": plan.location,
        "workMode": "Basics station",
        "basicStation": server,
        "advancedFrequencySettings": {"region": "EU868"},
    }
    return str(api.post(path, request)["locationId"])


def _identities(plan: Plan, keys: Path) -> list[keyring.Identity]:
    """The organization's gateways; those without stored keys are provisioned."""
    stored = {identity.sn: identity for identity in keyring.load(keys)} if keys.exists() else {}
    identities = []
    for number in range(1, GATEWAYS + 1):
        tail = f"{plan.number:02X}{number:02X}"
        sn = f"918100A1B2C3{tail}"
        if sn not in stored:
            request = gateway.GatewayRequest(
                sn=sn,
                eui=f"AC1F09FFFE00{tail}",
                model=_MODELS[number - 1],
                mac=f"AC:1F:09:00:{tail[:2]}:{tail[2:]}",
                firmware="2.2.15",
                organization=plan.slug,
                share_logs="wisdm",
            )
            stored[sn] = keyring.Identity.of(gateway.provision(request))
            keyring.save([stored[sn]], keys)
        identities.append(stored[sn])
    return identities


def _gateway(api: _Api, location: str, identity: keyring.Identity) -> str:
    registered = api.get(f"/v4/location/{location}/gateways")
    if identity.sn not in json.dumps(registered):
        api.post(
            f"/v4/location/{location}/gateways", {"sn": identity.sn, "eui": identity.eui, "name": f"{identity.model} {identity.sn[-2:]}"}
        )
    return identity.sn


class _Api:
    """A client of the HTTP API."""

    def __init__(self, base_url: str, credential: Mapping[str, str]) -> None:
        self._base_url, self._headers = base_url, {**credential, "Content-Type": "application/json"}

    def get(self, path: str) -> Any:
        return self._ask("GET", path, None)

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        return self._ask("POST", path, json.dumps(body).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> Any:
        request = urllib.request.Request(f"{self._base_url}{path}", body, self._headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise SeedingFailed(f"{method} {path}: {error.code} {error.read().decode(errors='replace')}") from None
