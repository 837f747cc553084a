"""Solar batteries (wisdm.md 4.4, 5.3 and 7.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Self

from pydantic import ConfigDict

from fleet.configuration.battery import Battery, Monitored
from fleet.errors import NotFound
from fleet.values import Page
from wisdm.shapes.fields import WisdmShape
from wisdm.shapes.page import PageRequest

_EXAMPLE: dict[str, Any] = {
    "sn": "918100A1B2C3D4E501",
    "battery": {
        "temperature": 4, "voltage": 24.85, "soc": 63, "current": -145, "soh": 98, "cycles": 31, "remainCapacity": 31400,
        "fullChargeCapacity": 49800, "mode": "DISCHARGING",
    },
}  # fmt: skip


class NoBattery(NotFound):
    """NotFound with a message that says why there is no battery to show."""

    def __init__(self, message: str) -> None:
        super().__init__("Battery")
        self.message = message


class BatteryShown(WisdmShape):
    """Degrees Celsius, V, percent, mA (negative while discharging), mAh."""

    temperature: int
    voltage: float
    soc: int
    current: int
    soh: int
    cycles: int
    remain_capacity: int
    full_charge_capacity: int
    mode: Literal["CHARGING", "DISCHARGING", "FULLY_CHARGED"]


class BatteryOut(WisdmShape):
    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    sn: str
    battery: BatteryShown

    @classmethod
    def of(cls, battery: Battery) -> Self:
        return cls(sn=battery.sn, battery=BatteryShown.model_validate(dict(battery.value)))

    @classmethod
    def of_monitored(cls, monitored: Monitored, now: datetime) -> Self:
        """NotFound while the gateway is not configured, its battery is not monitored, or it has not reported one yet."""
        if monitored.gateway.status(now) == "PROVISIONING":
            raise NoBattery("The gateway has not applied its location's configuration yet")
        if not monitored.configuration.monitored:
            raise NoBattery("Battery monitoring is disabled")
        if monitored.battery.report is None:
            raise NoBattery("The gateway has not reported its battery yet")
        return cls.of(monitored.battery)


class BatteryPage(WisdmShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"pageSize": 100, "totalPages": 1, "gateways": [_EXAMPLE]}]})

    page_size: int
    total_pages: int
    next_token: str | None = None
    gateways: list[BatteryOut]

    @classmethod
    def of(cls, request: PageRequest, page: Page[Battery]) -> Self:
        shown = [BatteryOut.of(battery) for battery in page.entities]
        token = request.next(page.next) if page.next else None
        return cls(page_size=request.size, total_pages=request.total(request.location.batteries), next_token=token, gateways=shown)


class MonitoringIn(WisdmShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"enabled": True}]})

    enabled: bool
