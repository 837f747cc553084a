"""The gateways of a location (wisdm.md 4.1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, WithJsonSchema

from fleet.registry.gateway import Gateway
from wisdm.shapes.fields import WisdmShape

NO_GASP = "None"
"""The `lastDyingGasp` of a gateway that never reported one."""
LastGasp = Annotated[str, WithJsonSchema({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "const": NO_GASP}]})]


class GatewayOut(WisdmShape):
    """Who a gateway is and how it is; the beginning of every shape that shows one."""

    sn: str
    eui: str
    name: str
    model: str
    mac: str
    status: Literal["ONLINE", "OFFLINE", "PROVISIONING"]
    last_dying_gasp: LastGasp

    @staticmethod
    def fields(gateway: Gateway, now: datetime) -> dict[str, Any]:
        """The members of this shape by attribute, for shapes that have more."""
        card = gateway.card
        identity = {name: getattr(card, name) for name in ("sn", "eui", "name", "model", "mac")}
        return identity | {"status": gateway.status(now), "last_dying_gasp": gateway.last_gasp or NO_GASP}


class GatewaysOut(WisdmShape):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "total": 1,
                    "gateways": [
                        {
                            "sn": "918100A1B2C3D4E501",
                            "eui": "ac1f09fffe0a1b2c",
                            "name": "RAK7268V2-918100A1B2C3D4E501",
                            "model": "RAK7268V2",
                            "mac": "AC:1F:09:0A:1B:2C",
                            "status": "ONLINE",
                            "lastDyingGasp": "None",
                        }
                    ],
                }
            ]
        }
    )

    total: int
    gateways: list[GatewayOut]

    @classmethod
    def of(cls, gateways: Iterable[Gateway], now: datetime) -> Self:
        entries = [GatewayOut(**GatewayOut.fields(gateway, now)) for gateway in gateways]
        return cls(total=len(entries), gateways=entries)
