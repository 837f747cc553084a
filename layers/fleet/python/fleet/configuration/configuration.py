"""The configuration of a gateway, in sections: what is desired, what it reported, and what it was sent (wisdm.md 7.1 to 9.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

from pydantic import Field

from fleet.commands.command import Command
from fleet.marks import Mark
from fleet.outbox.message import next_number
from fleet.registry.gateway import Card, Gateway
from fleet.values import Value

Priority = Literal[
    "ETH_WIFI_CELLULAR", "ETH_CELLULAR_WIFI", "WIFI_ETH_CELLULAR", "WIFI_CELLULAR_ETH", "CELLULAR_ETH_WIFI", "CELLULAR_WIFI_ETH"
]

SectionName = Literal["priority", "lan", "wan", "syslog", "batteryMonitoring"]
SECTIONS: tuple[SectionName, ...] = ("priority", "lan", "wan", "syslog", "batteryMonitoring")
LOCATION = "location"
"""The section that is the location's configuration. Its version is the card's; only its reports and when it was sent are stored here."""
SECRETS: Mapping[str, Mapping[tuple[str, ...], tuple[str, ...]]] = {
    "lan": {("wifi", "key"): ("ssid",)},
    "wan": {
        ("wifi", "key"): ("ssid",),
        ("ethernet", "pppoe", "password"): ("username",),
        ("cellular", "password"): ("apn", "username"),
        ("cellular", "pinCode"): ("apn",),
    },
}
"""The secrets of each section by path, and the members beside each that say what it is for."""
OPEN = "NONE"
"""The encryption of a Wi-Fi network without a key."""
_WAYS = {"ethernet": "ETH", "wifi": "WIFI", "cellular": "CELLULAR"}
"""What an order of the ways to the Internet calls them."""
_SYSLOG: Mapping[str, Any] = {"shareLogs": "none", "logsRotationCycle": 7, "wisdmLogsRetrievalCycle": 10, "wisdmLogsRotationCycle": 14}


class Desired(Value):
    """The newest accepted value. Secrets in it are encrypted: `{"sealed": …}`."""

    version: int
    value: Any


class SectionReport(Value):
    """The gateway's last report of a section: at which version it runs on which value, or why it could not. Times in Unix ms."""

    version: int
    value: Any = None
    error: str | None = None
    boot: str
    seq: int
    sent: int

    @property
    def mark(self) -> Mark:
        return Mark(self.boot, self.seq, self.sent, self.sent)


class Section(Value):
    """One section, as far as anything is known of it.

    `push` is the command to run on the newest version (its id): its payload has the section, and to which start of the device it was sent
    last (`boot`; empty before the gateway was ever heard).
    """

    desired: Desired | None = None
    reported: SectionReport | None = None
    push: Command | None = None

    @property
    def value(self) -> Any:
        """The newest accepted value: what is desired, else what was reported, else None."""
        if self.desired is not None:
            return self.desired.value
        return self.reported.value if self.reported else None

    @property
    def pending(self) -> int | None:
        """The desired version, until the gateway reports that it runs on it."""
        if self.desired is None:
            return None
        known = self.reported
        return None if known and known.version >= self.desired.version and known.error is None else self.desired.version

    def due(self, version: int, before: str, boot: str, now: int, reconnected: bool) -> bool:
        """Whether a gateway that does not run on a version is to be sent it, when its start `boot` is heard at `now` (Unix ms).

        Each start is sent it once, and again when the queue must have forgotten it (`Command.is_lost`), until it reports that it runs
        on it. That it cannot counts until it has reconnected, then it is sent once more. `before` is the start that was heard before, if
        any: what was sent before the first is for the first.
        """
        if self.push is None or self.push.id != str(version):
            return True
        answer = self.reported
        failed = answer is not None and answer.error is not None and answer.version >= version and answer.boot == boot
        if failed and not self.push.open and not reconnected:
            return False
        return (self.push.payload["boot"] or before or boot) != boot or self.push.is_lost(now, reconnected)

    def closed(self, report: SectionReport) -> Command | None:
        """The push as it is after a report: done when the gateway runs on its version, failed when it could not apply that."""
        if self.push is None or not self.push.open or report.version < int(self.push.id):
            return self.push
        return self.push.changed(state="done" if report.error is None else "failed", result=report.error or "")


class Configuration(Value):
    """All sections of one gateway. `last` is the newest version of any of them, the location's included."""

    sn: str
    last: int = 0
    version: int = 0
    sections: dict[str, Section] = Field(default={})

    def section(self, name: str) -> Section:
        return self.sections.get(name) or Section()

    def with_section(self, name: str, **fields: Any) -> Configuration:
        """The next state, with these parts of a section changed."""
        return self.changed(sections={**self.sections, name: self.section(name).changed(**fields)}, version=self.version + 1)

    def with_push(self, card: Card, name: str, version: int, at: int, by: str = "") -> Configuration:
        """The next state: the gateway is to run on a version of a section, accepted from `by` at `at` (Unix ms). It is not sent yet."""
        before = self.section(name).push
        push = Command(
            id=str(version),
            device=card.id,
            address=card.sn,
            organization=card.organization,
            kind="configure",
            payload={"section": name, "boot": ""},
            by=by,
            accepted=datetime.fromtimestamp(at / 1000, UTC),
            number=next_number(before.number if before else 0),
        )
        return self.with_section(name, push=push)

    def with_sent(self, name: str, boot: str, at: int) -> Configuration:
        """The next state: the push of a section was put into the outbox for this start of the device, at `at` (Unix ms)."""
        push = self.section(name).push
        assert push is not None
        fields = {"state": "queued", "attempts": push.attempts + 1, "queued_at": at, "result": ""}
        return self.with_section(name, push=push.changed(payload={"section": name, "boot": boot}, **fields))

    def with_desired(self, name: str, value: Any) -> Configuration:
        """The next state: a value is accepted under the next version. It is to be pushed."""
        version = self.last + 1
        return self.with_section(name, desired={"version": version, "value": value}).changed(last=version)

    def merged(self, name: str) -> dict[str, Any] | None:
        """The newest accepted value of a section of several parts: each part as desired, else as reported; None when nothing is known."""
        section = self.section(name)
        parts = [section.reported.value if section.reported else None, section.desired.value if section.desired else None]
        return {key: value for part in parts if part for key, value in part.items()} if any(parts) else None

    @property
    def syslog(self) -> Mapping[str, Any]:
        """How logs are stored and shared, with defaults (wisdm.md 9.1)."""
        return {**_SYSLOG, **(self.section("syslog").value or {})}

    @property
    def shares_logs(self) -> bool:
        """Whether log files come here."""
        return self.syslog["shareLogs"] in ("wisdm", "externalAndWisdm")

    @property
    def retention(self) -> int:
        """Days that log files are stored here."""
        return int(self.syslog["wisdmLogsRotationCycle"])

    @property
    def monitored(self) -> bool:
        """Whether the battery is monitored."""
        return bool((self.section("batteryMonitoring").value or {}).get("enabled"))


@dataclass(frozen=True)
class Configured:
    """A gateway and its configuration. Its place is the gateway's."""

    gateway: Gateway
    configuration: Configuration

    @property
    def place(self) -> str | None:
        return self.gateway.place

    @property
    def priority(self) -> Priority | None:
        """The order of the ways to the Internet: accepted, else reported, else that of the newest status report where it has all three."""
        known: Priority | None = self.configuration.section("priority").value
        status = self.gateway.reports.status
        if known is not None or status is None:
            return known
        order = {(status.wan.get(way) or {}).get("priority"): name for way, name in _WAYS.items()}
        return cast(Priority, "_".join(order[place] for place in (1, 2, 3))) if order.keys() == {1, 2, 3} else None

    @property
    def lan(self) -> Mapping[str, Any] | None:
        """The local network: accepted or reported, else as in the newest status report where that has the access point; else None.

        A key from a status report is encrypted for that, and the key of `reports.status.wifi` in the gateway as it is given here.
        """
        known = self.configuration.merged("lan")
        status = self.gateway.reports.status
        if known is not None or status is None or not status.wifi:
            return known
        return {name: status.lan[name] for name in ("wifi", "ethernet") if status.lan.get(name)}


def with_secrets(section: str, value: Any, change: Callable[[Any], Any]) -> Any:
    """The value of a section with each secret changed; one that becomes None is left out."""
    for path in SECRETS.get(section, ()):
        value = _changed(value, path, change)
    return value


def _changed(value: Any, path: tuple[str, ...], change: Callable[[Any], Any]) -> Any:
    if not isinstance(value, dict) or path[0] not in value:
        return value
    rest = {name: part for name, part in value.items() if name != path[0]}
    part = change(value[path[0]]) if len(path) == 1 else _changed(value[path[0]], path[1:], change)
    return rest if part is None else {name: part if name == path[0] else other for name, other in value.items()}
