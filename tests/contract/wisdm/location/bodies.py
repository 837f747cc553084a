"""Bodies that make locations."""

from __future__ import annotations

import base64
from typing import Any

from tests.harness.canary import MARK

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIU\n-----END CERTIFICATE-----\n"
KEY = f"-----BEGIN PRIVATE KEY-----\n{base64.b64encode(f'{MARK}-key'.encode()).decode()}\n-----END PRIVATE KEY-----\n"
TOKEN = f"Authorization: Bearer {MARK}-7"
NONE = "None"
SERVER = "TLS Server Authentication"
CLIENT = "TLS Server and Client Authentication"
TOKENS = "TLS Server Authentication and Client Token Authentication"
MODES = (NONE, SERVER, CLIENT, TOKENS)


def station(mode: str = NONE, **members: Any) -> dict[str, Any]:
    """A complete `basicStation` for a mode; a member passed as `...` is omitted."""
    needed: dict[str, Any] = {} if mode == NONE else {"trustCACertificate": CERTIFICATE}
    if mode == CLIENT:
        needed |= {"clientCertificate": CERTIFICATE, "clientKey": KEY}
    if mode == TOKENS:
        needed |= {"token": TOKEN}
    base = {"serverType": "LNS", "serverURL": "wss://lns.example", "serverPort": 443, "authenticationMode": mode}
    return _without(base | needed | members)


def body(
    mode: str = NONE, *, station_of: dict[str, Any] | None = None, frequency: dict[str, Any] | None = None, **members: Any
) -> dict[str, Any]:
    """A valid body of a new location, with changed members; one passed as `...` is omitted."""
    base: dict[str, Any] = {
        "name": "Harbour East",
        "workMode": "Basics station",
        "basicStation": station(mode, **(station_of or {})),
        "advancedFrequencySettings": _without({"region": "EU868"} | (frequency or {})),
    }
    return _without(base | members)


def _without(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not ...}
