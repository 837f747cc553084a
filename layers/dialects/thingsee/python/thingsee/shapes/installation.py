"""Installations of a thing (thingsee.md 5.1 and 5.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from pydantic import ConfigDict

from edge.shape import Strict
from fleet.alerts import install
from fleet.alerts.state import ThingState
from fleet.aws.reads import Read
from fleet.grants import uses
from fleet.registry.device import Installation
from fleet.registry.thing import InstallationEntry, Thing
from thingsee.shapes.paths import ThingPath
from thingsee.shapes.query import Limit, Query
from thingsee.shapes.times import UnixTime


class InstallationsQuery(Query):
    limit: Limit | None = None


class InstallationIn(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"installation_status": "installed"}]})

    installation_status: Installation


class InstallationSet(Strict):
    tuid: str
    installation_status: Installation


class InstallationSetOut(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"data": {"tuid": "TSPD04A1B2C3D4E05", "installation_status": "installed"}}]})

    data: InstallationSet

    @classmethod
    def of(cls, thing: Thing) -> Self:
        return cls(data=InstallationSet(tuid=thing.tuid, installation_status=thing.status))


class InstallationShown(InstallationSet):
    timestamp: UnixTime
    responsible: str

    @classmethod
    def of(cls, entry: InstallationEntry) -> Self:
        timestamp = int(entry.at.timestamp())
        return cls(tuid=entry.tuid, installation_status=entry.status, timestamp=timestamp, responsible=entry.responsible)


class InstallationsOut(Strict):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "data": [
                        {
                            "tuid": "TSPD04A1B2C3D4E05",
                            "installation_status": "installed",
                            "timestamp": 1767000000,
                            "responsible": "field-app-7",
                        },
                        {"tuid": "TSPD04A1B2C3D4E05", "installation_status": "new", "timestamp": 1766000000, "responsible": "factory"},
                    ]
                }
            ]
        }
    )

    data: list[InstallationShown]

    @classmethod
    def of(cls, entries: Iterable[InstallationEntry]) -> Self:
        return cls(data=[InstallationShown.of(entry) for entry in entries])


@uses(install.with_state)
def thing_and_state(path: ThingPath) -> Read[tuple[Thing, ThingState]]:
    return install.with_state(path.tuid)
