"""The WisDM API: keys, console sessions, and the gateways that its routes are called with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from edge.entry import Entry
from edge.route import Route
from fleet import ids
from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.aws.writes import Write, write_alone
from fleet.configuration.image import Firmware
from fleet.configuration.images import Firmwares
from fleet.files.file import LogFile
from fleet.files.files import Logs
from fleet.identity.api_keys import use_key
from fleet.lifecycle import provision
from fleet.registry import reveal_secrets
from fleet.registry.gateways import Gateways
from fleet.registry.lorawan import Server
from fleet.tenancy import encryption
from fleet.tenancy.organization import Organization
from functions.wisdm.api_key import delete as delete_api_key
from functions.wisdm.command import send as send_command
from functions.wisdm.session import delete as delete_session
from tests.harness.call import call
from tests.harness.canary import MARK, PIN
from tests.harness.fleet import PERMISSIONS, Fleet
from tests.suite import many_gateways, settings
from tests.suite.dialect import REFUSALS, Arguments, Credential, Outcome, Profile, Seeds
from tests.suite.routes import example
from wisdm.shapes.fields import WisdmShape, format_time

_KEY, _SESSION = "wisdm", "session"
_CLAIMED = "918100A1B2C3D4E509"
"""A gateway of the organization that is in no location and has a TUID."""
_WITHOUT_A_LOCATION = {"get_version", "get_organization", "list_locations"}
"""Routes that a key may call whatever locations it is limited to (wisdm.md 2.3)."""
_ELSEWHERE = {"Referer": "https://evil.test/https://app.example.com/"}
_SECRETS = {
    "ethernet": {"enabled": True, "protocol": "pppoe", "pppoe": {"username": "pier", "password": f"{MARK}-7"}},
    "wifi": {"enabled": False, "encryption": "WPA2-PSK", "key": f"{MARK}-7"},
    "cellular": {"enabled": True, "pinCode": PIN, "username": "pier", "password": f"{MARK}-7"},
}
_INDIVIDUAL_KEYS = {
    "name": "Harbour West",
    "workMode": "Basics station",
    "basicStation": {
        "serverType": "LNS",
        "serverURL": "wss://lns.example",
        "serverPort": 443,
        "token": f"{MARK}-7",
        "authenticationMode": "TLS Server Authentication and Client Token Authentication",
        "trustCACertificate": "-----BEGIN CERTIFICATE-----MIIB-----END CERTIFICATE-----",
    },
    "advancedFrequencySettings": {"region": "EU868"},
}


def _key(**fields: Any) -> Callable[[Wisdm], Arguments]:
    """A key of the organization with these fields."""
    return lambda seeds: {"key": seeds.fleet.key(seeds.organization, **fields), "headers": _ELSEWHERE}


def _of_another_location(seeds: Wisdm) -> Arguments:
    other = seeds.fleet.location(seeds.organization)
    return {"key": seeds.fleet.key(seeds.organization, locations=(other.id,))}


def _deleted_key(seeds: Wisdm) -> Arguments:
    made, text = seeds.fleet.api_key(seeds.organization)
    path = {"organizationId": ids.to_uuid(seeds.organization.id), "keyId": made.id}
    call(delete_api_key.handler, path, headers={"Authorization": f"Bearer {seeds.session}"})
    return {"key": text}


def _ended_session(seeds: Wisdm) -> Arguments:
    session = seeds.fleet.session(seeds.console_user)
    call(delete_session.handler, headers={"Authorization": f"Bearer {session}"})
    return {"key": session}


def _dead(route: Route) -> Outcome:
    return "not authenticated"


def _nothing(route: Route) -> Outcome:
    return "finds nothing"


def _if_it_reads(route: Route) -> Outcome:
    return "good" if route.scope == "READ" else "not allowed"


def _never(route: Route) -> Outcome:
    return "not allowed"


def _outside_its_locations(route: Route) -> Outcome:
    return "good" if route.name in _WITHOUT_A_LOCATION else "not allowed"


def _with(*permissions: str) -> Credential:
    """A key with only these write permissions."""

    def comes_to(route: Route) -> Outcome | None:
        if route.scope == "READ":
            return None
        return "good" if route.scope in (*permissions, "WRITE") else "not allowed"

    return Credential(f"one with {permissions}", _KEY, _key(permissions=permissions), comes_to)


def _without(permission: str) -> Credential:
    """A key with every permission but one."""

    def comes_to(route: Route) -> Outcome | None:
        return "not allowed" if route.scope == permission else None

    others = tuple(other for other in PERMISSIONS if other != permission)
    return Credential(f"one without {permission}", _KEY, _key(permissions=others), comes_to)


_KEYS = (
    Credential("an unknown one", _KEY, lambda seeds: {"key": f"wdk_{'A' * 12}_{'B' * 43}"}, _dead),
    Credential("one with another secret", _KEY, lambda seeds: {"key": f"{seeds.key[:-43]}{'B' * 43}"}, _dead),
    Credential("one that has expired", _KEY, lambda seeds: {"key": seeds.key}, _dead, after=timedelta(days=31)),
    Credential("a disabled one", _KEY, _key(enabled=False), _dead),
    Credential("one without a plan", _KEY, _key(api_access=False), _dead),
    Credential("a deleted one", _KEY, _deleted_key, _dead),
    Credential("one for another address", _KEY, _key(restriction="IP_ADDRESSES", addresses=("198.51.100.7",)), _never),
    Credential("one for another site", _KEY, _key(restriction="HTTP_REFERRERS", referrers=("https://app.example.com/*",)), _never),
    Credential("one of another location", _KEY, _of_another_location, _outside_its_locations, unseen=lambda seeds: [seeds.location.id]),
    Credential("one of no location", _KEY, _key(locations=()), _outside_its_locations, unseen=lambda seeds: [seeds.location.id]),
    Credential(
        "one of the location",
        _KEY,
        lambda seeds: _key(locations=(seeds.location.id,))(seeds),
        lambda route: "not allowed" if route.name == "create_location" else "good",
    ),
    Credential("one that only reads", _KEY, _key(access="READ_ONLY"), _if_it_reads, reads_only=True),
    Credential("one of another organization", _KEY, lambda seeds: {"key": seeds.fleet.key(seeds.fleet.organization())}, _nothing),
    *(_without(permission) for permission in PERMISSIONS),
    *(_with(permission) for permission in PERMISSIONS),
)
_SESSIONS = (
    Credential("an unknown one", _SESSION, lambda seeds: {"key": f"wds_{'A' * 16}_{'B' * 43}"}, _dead),
    Credential("one with another secret", _SESSION, lambda seeds: {"key": f"{seeds.session[:-43]}{'B' * 43}"}, _dead),
    Credential("one that is over", _SESSION, lambda seeds: {"key": seeds.session}, _dead, after=timedelta(days=31)),
    Credential("one that was ended", _SESSION, _ended_session, _dead),
    Credential(
        "one of another organization",
        _SESSION,
        lambda seeds: {"key": seeds.fleet.session(seeds.fleet.console_user(seeds.fleet.organization()))},
        _nothing,
    ),
    Credential("an API key", _SESSION, lambda seeds: {"key": None, "headers": {"X-API-KEY": seeds.key}}, _never),
    Credential(
        "one of somebody who is no administrator",
        _SESSION,
        lambda seeds: {"key": seeds.fleet.session(seeds.fleet.console_user(seeds.organization, administrator=False))},
        lambda route: "not allowed" if route.scope == "ADMINISTRATOR" else "good",
    ),
)


class Wisdm(Seeds):
    """An online gateway in a location with reports of every kind, one to register, and a signed-in administrator."""

    def __init__(self, fleet: Fleet, organization: Organization, *, repeatable: bool = False) -> None:
        super().__init__(fleet, organization)
        server = Server(type="LNS", url="wss://lns.example", port=443, authentication="client_token", trust="-", individual=True)
        self.location = fleet.location(organization, server=server)
        self.card = fleet.gateway(organization, self.location, fleet.hardware(model=settings.MODEL))
        fleet.online(self.card)
        fleet.hardware(sn="918100A1B2C3D4E501", eui="ac1f09fffe0a1b2c")
        claimed = fleet.gateway(organization, None, fleet.hardware(sn=_CLAIMED, eui="ac1f09fffe0a1b39"))
        provision.give_tuid(EVERYWHERE, fetch(EVERYWHERE, Gateways.by_sn(claimed.sn)), "TSGW02A1B2C3D4E02", datetime.now(UTC))
        self.key = fleet.key(organization)
        self.managed = fleet.api_key(organization, access="READ_ONLY")[0]
        self.console_user = fleet.console_user(organization, totp=not repeatable)
        self.session = fleet.session(self.console_user)
        settings.fill(fleet, organization, self.location, self.card)
        self._report()
        sent = call(send_command.handler, {"sn": self.card.sn}, key=self.key, body=example(send_command.handler, "body"))
        self.command: int = sent.json["commandId"]

    def _report(self) -> None:
        """A status with an encrypted Wi-Fi key, a firmware to upgrade to, and a log file."""
        now = datetime.now(UTC)
        sealed = encryption.encrypt_at_rest(EVERYWHERE, self.organization.id, reveal_secrets.bound_to(self.card.sn), b"blue-anchor-7")
        self.fleet.report(self.card, "status", {"network": {"lan": {"wifi": {"enabled": True, "key": {"sealed": sealed}}}}}, seq=3)
        Firmwares.add(EVERYWHERE, Firmware(model=self.card.model, version="2.2.13", key="firmware/x", size=1, sha256="0" * 64, added=now))
        file = LogFile(key=f"logs/{self.card.sn}/2026-01-04/syslog.txt.gz", size=1, modified=now)
        Logs.record(EVERYWHERE, self.organization.id, self.card.sn, file)

    def fresh(self) -> Self:
        again = copy(self)
        again.console_user = copy(self.console_user)  # it counts used TOTP codes
        return again

    def credential(self, entry: Entry) -> str | None:
        return {_KEY: self.key, _SESSION: self.session}[next(iter(entry.route.security))] if entry.route.security else None

    def unused(self) -> None:
        write_alone(Write.delete(use_key(self.key[4:16]), None))

    def path(self, entry: Entry) -> dict[str, str]:
        known = {
            "metric": "rssi",
            "organizationId": ids.to_uuid(self.organization.id),
            "locationId": self.location.id,
            "sn": self.card.sn,
            "commandId": str(self.command),
            "keyId": self.managed.id,
        }
        return {part: value for part, value in known.items() if f"{{{part}}}" in entry.route.path}

    def body(self, entry: Entry) -> Any:
        found = super().body(entry)
        fitting: dict[str, Callable[[], Any]] = {
            "password": lambda: f"{MARK}-7",
            "bsToken": lambda: f"{MARK}-7",
            "locationIds": lambda: [self.location.id],
            "confirmation": self.console_user.proof,
        }
        if entry.route.name == "create_session":
            return {"email": self.console_user.user.email, **self.console_user.proof()}
        return found and {name: fitting[name]() if name in fitting else value for name, value in found.items()}

    def query(self, entry: Entry) -> Mapping[str, str | Sequence[str]] | None:
        now = datetime.now(UTC)
        today = {"startDate": format_time(now - timedelta(days=1)), "endDate": format_time(now + timedelta(days=1))}
        found = super().query(entry)
        return found and {name: today.get(name, value) for name, value in found.items()}

    def surround(self, total: int, here: int, places: int) -> None:
        around = [self.fleet.location(self.organization) for _ in range(places)]
        share, rest = divmod(total - here, places)
        counts: Sequence[int] = [here - 1, share + rest, *[share] * (places - 1)]
        many_gateways.add(self.organization, [self.location, *around], [*counts])


profile = Profile(
    seeds=Wisdm,
    shape=WisdmShape,
    refusals=dict.fromkeys(REFUSALS, 400),
    unknown={
        "sn": "UNKNOWN00001",
        "commandId": "1",
        "metric": None,
        **dict.fromkeys(("organizationId", "locationId", "keyId"), "6920f1aa-0c3d-8e4f-8000-000a1b2c3d4e"),
    },
    budgets={"get_organization": 2, "get_gateway_performance": 2, "get_api_key": 2, "list_api_keys": 3},
    first_use={_KEY},
    further={
        "set_wan": [{"body": _SECRETS}],
        "set_battery_monitoring": [
            {"body": {"enabled": False}},
            {"body": {"enabled": True}},
            {"body": {"enabled": False}, "path": {"sn": settings.SILENT}},
        ],
        "create_location": [{"body": _INDIVIDUAL_KEYS}],
        "edit_api_key": [
            {"body": {"locationIds": ["6920f1aa-0c3d-8e4f-8000-000a1b2c3d4e"]}, "status": 400},
            {"members": {"writePermissions": ["WRITE_REBOOT_GATEWAY", "WRITE_EDIT_SYSTEM_SETTINGS"]}},
        ],
        "register_gateway": [
            {"body": {"sn": _CLAIMED, "eui": "AC1F09FFFE0A1B39", "bsToken": f"{MARK}-7"}},
            {"body": {"sn": "UNKNOWN00001", "eui": "00" * 8}, "status": 406},
        ],
        "get_gateway_performance": [{"query": {"nextToken": "altered", "clientToken": "mine"}, "status": 400}],
        **{key: [{"query": {"nextToken": "altered"}, "status": 400}] for key in ("list_gateway_battery", "list_gateway_status")},
    },
    credentials=(*_KEYS, *_SESSIONS),
)
