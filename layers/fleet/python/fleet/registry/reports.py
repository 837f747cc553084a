"""What a gateway reported, the newest of each kind: typed, with the mark that says which of two is newer.

Values are checked where they come in (`fleet.plane`), so reading them back costs no validation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

from fleet.marks import Mark, Section

Part = Mapping[str, Any]


@dataclass(frozen=True)
class Report:
    """The newest report of one kind. `kind` is its name in `Reports` and in storage."""

    kind: ClassVar[str]
    mark: Mark

    @property
    def connected(self) -> bool:
        """Whether a gateway whose newest report this is, is connected."""
        return True

    @property
    def document(self) -> dict[str, Any]:
        """The report as it is stored: its fields but the mark, without those that are absent."""
        return {name: value for name, value in vars(self).items() if value is not None and name != "mark"}

    @classmethod
    def of(cls, section: Section) -> Self:
        """The report that was stored as this section."""
        return cls(section.mark, **section.value)


@dataclass(frozen=True)
class Hello(Report):
    """What the gateway is and runs, after each start. `applied` is the newest configuration version that it runs on."""

    kind = "hello"
    applied: int = 0
    firmware: str | None = None
    model: str | None = None
    channels: int | None = None
    has_modem: bool | None = None
    has_battery: bool | None = None


@dataclass(frozen=True)
class Presence(Report):
    """Whether the gateway has connected, or has left."""

    kind = "presence"
    connected: bool = True


@dataclass(frozen=True)
class Gasp(Report):
    """The last time that its power failed: `at` as ISO 8601 text in UTC."""

    kind = "gasp"
    at: str = ""

    @property
    def connected(self) -> bool:
        return False


@dataclass(frozen=True)
class ConfigReport(Report):
    """The configuration version that the gateway runs on."""

    kind = "config"
    applied: int = 0


@dataclass(frozen=True)
class StatusReport(Report):
    """The snapshot (wisdm.md 5.1): its parts as the gateway reported them, None where it has not. The Wi-Fi key is encrypted."""

    kind = "status"
    system: Part | None = None
    gps: Part | None = None
    network: Part | None = None
    lora: Part | None = None
    storage: Part | None = None

    @property
    def lan(self) -> Part:
        """The local network; empty where it was not reported, as the following."""
        return (self.network or {}).get("lan") or {}

    @property
    def wan(self) -> Part:
        """The ways to the Internet."""
        return (self.network or {}).get("wan") or {}

    @property
    def wifi(self) -> Part:
        """The access point."""
        return self.lan.get("wifi") or {}

    def with_wifi_key(self, key: str) -> Self:
        """The same with this key of the access point."""
        return replace(self, network={**(self.network or {}), "lan": {**self.lan, "wifi": {**self.wifi, "key": key}}})


@dataclass(frozen=True)
class Reports:
    """The newest report of each kind; None where there is none."""

    hello: Hello | None = None
    presence: Presence | None = None
    gasp: Gasp | None = None
    config: ConfigReport | None = None
    status: StatusReport | None = None

    @classmethod
    def of(cls, sections: Mapping[str, Section]) -> Self:
        """The reports that were stored as these sections, by kind."""
        reports: dict[str, Any] = {kind: KINDS[kind].of(section) for kind, section in sections.items()}
        return cls(**reports)

    def after(self, report: Report) -> Self:
        """The same with a report that has just come in."""
        latest: dict[str, Any] = {report.kind: report}
        return replace(self, **latest)

    @cached_property
    def known(self) -> dict[str, Report]:
        """Those that there are, by kind."""
        return {kind: report for kind in KINDS if (report := vars(self)[kind]) is not None}

    @property
    def newest(self) -> Report | None:
        """The newest of all reports."""
        newest: Report | None = None
        for report in self.known.values():
            if newest is None or report.mark.newer_than(newest.mark):
                newest = report
        return newest

    @property
    def connected(self) -> bool:
        """Whether the newest of all reports is not one of leaving; so the order of arrival does not matter."""
        newest = self.newest
        return newest is not None and newest.connected

    @property
    def heard(self) -> int:
        """When the last of them was received (Unix ms); 0 for never."""
        return max((report.mark.heard for report in self.known.values()), default=0)

    @property
    def applied(self) -> int:
        """The newest configuration version that the gateway ever reported to run on."""
        return max((report.applied for report in (self.hello, self.config) if report), default=0)

    @property
    def runs_on(self) -> int:
        """The configuration version that the gateway reported last: a start at which it has lost its newest one names an older one."""
        if self.hello and self.config:
            return (self.config if self.config.mark.newer_than(self.hello.mark) else self.hello).applied
        return self.applied


KINDS: dict[str, type[Report]] = {report.kind: report for report in (Hello, Presence, Gasp, ConfigReport, StatusReport)}
