"""The solar battery of a gateway."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fleet.configuration.configuration import Configured
from fleet.marks import Section

_WITH_BATTERY = re.compile(r"RAK72(40|89)[A-Z]{0,2}V2.*|RAK72(67|85)([A-Z-].*)?")


def supported(model: str) -> bool:
    """Whether a model, or a variant of one, can have its battery monitored (wisdm.md 7.1)."""
    return _WITH_BATTERY.fullmatch(model) is not None


@dataclass(frozen=True)
class Battery:
    """The newest report of a gateway's battery, if there is one, and the location whose list shows it."""

    sn: str
    report: Section | None
    listed: str | None

    @property
    def value(self) -> Mapping[str, Any]:
        """Degrees Celsius, V, mA, mAh, percent; as reported."""
        return self.report.value if self.report else {}


@dataclass(frozen=True)
class Monitored(Configured):
    """A gateway, its configuration and its battery."""

    battery: Battery
