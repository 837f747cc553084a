"""The newest status report of a gateway (wisdm.md 4.3 and 5.1), without the sections that were never reported."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from pydantic import ConfigDict

from edge.sizes import fill
from fleet.registry.gateway import Gateway
from wisdm.shapes.fields import WisdmShape
from wisdm.shapes.gateway import GatewayOut
from wisdm.shapes.page import PageRequest

_EXAMPLE: dict[str, Any] = {
    "sn": "918100A1B2C3D4E501",
    "eui": "ac1f09fffe0a1b2c",
    "name": "Pier 1",
    "model": "RAK7289CV2",
    "mac": "AC:1F:09:0A:1B:2C",
    "status": "ONLINE",
    "lastDyingGasp": "None",
    "system": {"uptime": 86400, "cpu": 21, "memory": 47},
    "gps": {"state": "GPS_FIX", "satellites_number": 9, "longitude": 24.94, "latitude": 60.17},
    "lora": {"activeNodes": 41, "txPackets": 118, "rxPackets": 20931},
    "storage": {"healthy": True, "total": 15185, "free": 14900, "used_percent": 1},
}


class GatewayStatus(GatewayOut):
    """The sections are as the gateway reported them; they were checked when they came in."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    system: dict[str, Any] | None = None
    gps: dict[str, Any] | None = None
    network: dict[str, Any] | None = None
    lora: dict[str, Any] | None = None
    storage: dict[str, Any] | None = None

    @classmethod
    def of(cls, gateway: Gateway, now: datetime) -> Self:
        return cls(**cls.fields(gateway, now), **(gateway.reports.status.document if gateway.reports.status else {}))


class StatusPage(WisdmShape):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"pageSize": 1, "totalPages": 2, "nextToken": "q83Jx0uT", "gateways": [_EXAMPLE]}]}
    )

    page_size: int
    total_pages: int
    next_token: str | None = None
    gateways: list[GatewayStatus]

    @classmethod
    def of(cls, request: PageRequest, gateways: Iterable[Gateway], now: datetime) -> Self:
        """The page of as many gateways as it may have, or as fit into one answer."""
        shown, more = fill((GatewayStatus.of(gateway, now) for gateway in gateways), request.size)
        token = request.next(shown[-1].sn) if more else None
        return cls(page_size=request.size, total_pages=request.total(request.location.gateways), next_token=token, gateways=shown)
