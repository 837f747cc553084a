"""Secrets in the reports of gateways: stored encrypted, decrypted for those who may read them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fleet.access import Reach
from fleet.grants import uses
from fleet.marks import Section
from fleet.registry.gateway import Gateway
from fleet.tenancy import encryption


def bound_to(sn: str) -> str:
    """What the secrets of a status report are bound to, at both keys where it is stored."""
    return f"SN#{sn}|STATUS"


def _wifi(status: Section | None) -> dict[str, Any]:
    value: Any = status.value if status else {}
    for part in ("network", "lan", "wifi"):
        value = value.get(part) or {}
    found: dict[str, Any] = value
    return found


@uses(encryption.decrypt_at_rest)
def reveal(reach: Reach, gateway: Gateway) -> Gateway:
    """The gateway with its Wi-Fi key in clear, if its status report has one."""
    status = gateway.reported.get("status")
    sealed = _wifi(status).get("key")
    if status is None or not isinstance(sealed, dict):
        return gateway
    key = encryption.decrypt_at_rest(reach, gateway.card.organization, bound_to(gateway.card.sn), sealed["sealed"]).decode()
    network: dict[str, Any] = status.value["network"]
    wifi = {**network["lan"]["wifi"], "key": key}
    value = {**status.value, "network": {**network, "lan": {**network["lan"], "wifi": wifi}}}
    return replace(gateway, reported={**gateway.reported, "status": Section(status.mark, value)})
