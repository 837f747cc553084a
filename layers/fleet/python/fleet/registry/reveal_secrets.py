"""Secrets in the reports of gateways: stored encrypted, decrypted for those who may read them."""

from __future__ import annotations

from dataclasses import replace

from fleet.access import Reach
from fleet.grants import uses
from fleet.registry.gateway import Gateway
from fleet.tenancy import encryption


def bound_to(sn: str) -> str:
    """What the secrets of a status report are bound to, at both keys where it is stored."""
    return f"SN#{sn}|STATUS"


@uses(encryption.decrypt_at_rest)
def reveal(reach: Reach, gateway: Gateway) -> Gateway:
    """The gateway with its Wi-Fi key in clear, if its status report has one."""
    status = gateway.reports.status
    sealed = status.wifi.get("key") if status else None
    if status is None or not isinstance(sealed, dict):
        return gateway
    key = encryption.decrypt_at_rest(reach, gateway.card.organization, bound_to(gateway.card.sn), sealed["sealed"]).decode()
    return replace(gateway, reports=replace(gateway.reports, status=status.with_wifi_key(key)))
