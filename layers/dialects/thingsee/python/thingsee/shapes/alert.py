"""Alerts of things (thingsee.md 3.1 to 3.3)."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Self

from pydantic import ConfigDict, Field

from edge.shape import Strict
from fleet.alerts.alert import Alert, Type
from fleet.registry.thing import Thing
from thingsee.shapes.query import Span
from thingsee.shapes.times import LocalTime

_NAMES: Mapping[Type, str] = {"disconnected": "gateway connection lost", "silent": "heartbeat missed"}
"""The names of the types of alerts in this API (thingsee.md 7)."""


class AlertsQuery(Span):
    """Alerts are listed if any part of them is in the span."""


class Alerting(Strict):
    alerting_tuids: list[str]


class AlertingOut(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"data": {"alerting_tuids": ["TSPD04A1B2C3D4E05", "TSGW02A1B2C3D4E01"]}}]})

    data: Alerting

    @classmethod
    def of(cls, names: list[str]) -> Self:
        return cls(data=Alerting(alerting_tuids=names))


class AlertCount(Strict):
    """A string, as the vendor has it."""

    alert_count: str


class AlertCountOut(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"data": {"alert_count": "2"}}]})

    data: AlertCount

    @classmethod
    def of(cls, names: list[str]) -> Self:
        return cls(data=AlertCount(alert_count=str(len(names))))


class Interval(Strict):
    """UTC; without an end while the alert is active."""

    start: LocalTime = Field(alias="from")
    end: LocalTime | None = Field(alias="to", default=None)

    @classmethod
    def of(cls, alert: Alert) -> Self:
        return cls.model_validate({"from": _format_time(alert.start), "to": None if alert.end is None else _format_time(alert.end)})


class AlertsOfType(Strict):
    tuid: str
    alert_type: str
    alerts: list[Interval]


class AlertsOut(Strict):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "data": [
                        {
                            "tuid": "TSGW02A1B2C3D4E01",
                            "alert_type": "gateway connection lost",
                            "alerts": [
                                {"from": "2026-01-05T07:22:19", "to": "2026-01-05T07:32:19"},
                                {"from": "2026-01-06T11:00:00", "to": None},
                            ],
                        }
                    ]
                }
            ]
        }
    )

    data: list[AlertsOfType]

    @classmethod
    def of(cls, thing: Thing, alerts: Iterable[Alert]) -> Self:
        """Alerts by the name of their type; those of one type stay in the order in which they come."""
        by_type = itertools.groupby(sorted(alerts, key=_type_name), _type_name)
        return cls(data=[AlertsOfType(tuid=thing.tuid, alert_type=type, alerts=list(map(Interval.of, group))) for type, group in by_type])


def _type_name(alert: Alert) -> str:
    return _NAMES[alert.type]


def _format_time(at: float) -> str:
    """Unix seconds as ISO 8601: UTC, whole seconds, no zone."""
    return f"{datetime.fromtimestamp(int(at), UTC):%Y-%m-%dT%H:%M:%S}"
