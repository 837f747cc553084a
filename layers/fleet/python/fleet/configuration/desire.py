"""Accepts desired configurations of gateways.

What is accepted is written in one transaction with the message to the gateway, if that is there, and with what follows from it: a battery
that its location's list shows or drops, log files that are to be stored for longer or shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from fleet.access import Reach
from fleet.aws.reads import Read, both
from fleet.aws.retrying import retrying
from fleet.aws.writes import Write, transact
from fleet.commands.accept import check_configured
from fleet.commands.kinds import message
from fleet.configuration import battery
from fleet.configuration.batteries import Batteries
from fleet.configuration.battery import Monitored
from fleet.configuration.configuration import OPEN, Configuration, Configured, with_secrets
from fleet.configuration.configurations import Configurations
from fleet.configuration.keep_secrets import keep_secrets
from fleet.errors import Invalid, Problem, TooMany, Unreachable
from fleet.files.files import Logs
from fleet.grants import uses
from fleet.outbox.message import Downlink
from fleet.outbox.messages import Downlinks
from fleet.registry import reveal_secrets
from fleet.registry.gateway import Card
from fleet.registry.gateways import Gateways
from fleet.tenancy import encryption
from fleet.times import unix_ms

WANS = ("ethernet", "wifi", "cellular")
Settings = Mapping[str, Any]


def bound_to(sn: str, section: str) -> str:
    """What the secrets of a section are bound to."""
    return f"SN#{sn}|CONFIG|{section}"


@uses(Gateways.by_sn, Configurations.by_sn)
def configured(sn: str) -> Read[Configured]:
    """A gateway and its configuration."""
    return both(Gateways.by_sn(sn), Configurations.by_sn(sn)).map(lambda parts: Configured(*parts))


@uses(configured, Batteries.by_sn)
def monitored(sn: str) -> Read[Monitored]:
    """A gateway, its configuration and its battery."""
    return both(configured(sn), Batteries.by_sn(sn)).map(lambda parts: Monitored(parts[0].gateway, parts[0].configuration, parts[1]))


def push_message(configuration: Configuration, section: str, occasion: str = "") -> Downlink:
    """The message of a section's push, one for each occasion; the desired value is filled in when it is sent."""
    push = configuration.section(section).push
    assert push is not None
    return message(push, occasion)


@uses(Batteries.show_writes)
def battery_writes(reach: Reach, known: Configured, after: Configuration) -> list[Write]:
    """The writes that follow from a change of the configuration for the battery: its location's list shows it, or no longer."""
    if not isinstance(known, Monitored) or after.monitored == known.configuration.monitored:
        return []
    return Batteries.show_writes(reach, known.gateway.card, known.battery, after.monitored)


@uses(Logs.retention_writes)
def retention_writes(reach: Reach, known: Configured, after: Configuration, now: datetime) -> list[Write]:
    """The writes that follow from a change of the configuration for log files: how long they are stored."""
    if after.retention == known.configuration.retention:
        return []
    return Logs.retention_writes(reach, known.gateway.card.organization, after.sn, after.version, now)


Writes = Callable[[Configured, Configuration], list[Write]]
NewValue = Callable[[Configured], Any]


@uses(configured, Configurations.store_writes, Downlinks.send_writes)
def _accept(reach: Reach, known: Configured, section: str, value: NewValue, by: str, now: datetime, more: Writes | None = None) -> None:
    """Accept a section's value, and send it unless the gateway is away: then it is sent on its return (`report.remind`).

    `value` computes it from what is known, anew when that has changed meanwhile.
    """
    card = known.gateway.card
    check_configured(known.gateway, now)

    def accept(known: Configured) -> None:
        before = known.configuration
        desired = before.with_desired(section, value(known))
        at = unix_ms(now)
        after, sending = desired.with_push(card, section, desired.last, at, by), list[Write]()
        if known.gateway.is_reachable(now):
            after = after.with_sent(section, known.gateway.boot, at)
            sending = Downlinks.send_writes(reach, push_message(after, section))
        stored = Configurations.store_writes(reach, card.organization, before, after)
        transact([*stored, *sending, *(more(known, after) if more else ())])

    read: Read[Configured] = monitored(card.sn) if isinstance(known, Monitored) else configured(card.sn)
    retrying(reach, read, accept, first=known, busy=TooMany("The gateway is being configured too often at once"))


def _demand_online(known: Configured, now: datetime) -> None:
    if known.gateway.status(now) == "OFFLINE":
        raise Unreachable("The gateway is offline")


@uses(_accept)
def set_priority(reach: Reach, known: Configured, priority: str, by: str, now: datetime) -> None:
    """Accept an order of the ways to the Internet. Unreachable unless the gateway is online."""
    _demand_online(known, now)
    _accept(reach, known, "priority", lambda _: priority, by, now)


@uses(reveal_secrets.reveal)
def _lan(reach: Reach, known: Configured) -> Any:
    """The local network, its key encrypted for this section, or in clear where it comes from a status report."""
    if known.configuration.merged("lan") is None:
        known = replace(known, gateway=reveal_secrets.reveal(reach, known.gateway))
    return known.lan


@uses(_accept, encryption.encrypt_at_rest, _lan)
def set_lan(reach: Reach, known: Configured, wifi: Settings, by: str, now: datetime) -> None:
    """Accept settings of the access point; what is left out stays as it is. Unreachable unless the gateway is online."""
    _demand_online(known, now)
    encrypt = _encrypter(reach, known.gateway.card, "lan")

    def merge(known: Configured) -> Any:
        value = {**((_lan(reach, known) or {}).get("wifi") or {}), **wifi}
        if value.get("encryption") == OPEN:
            value.pop("key", None)
        return with_secrets("lan", {"wifi": value}, encrypt)

    _accept(reach, known, "lan", merge, by, now)


@uses(_accept, encryption.encrypt_at_rest)
def set_wan(reach: Reach, known: Configured, settings: Settings, by: str, now: datetime) -> None:
    """Accept settings of some ways to the Internet; the others are unchanged. A gateway that is offline gets them when it is back.

    A secret that is left out stays as it is while what it belongs to is unchanged. Invalid when none would be enabled any more, the modem
    is to be used in a model that has none, or a secret is missing.
    """
    encrypt = _encrypter(reach, known.gateway.card, "wan")

    def merge(known: Configured) -> Any:
        _check_modem(known, settings)
        _check_way_out(known, settings)
        desired = known.configuration.section("wan").desired
        whole = keep_secrets(settings, known.configuration.merged("wan") or {})
        return with_secrets("wan", {**(desired.value if desired else {}), **whole}, encrypt)

    _accept(reach, known, "wan", merge, by, now)


def _encrypter(reach: Reach, card: Card, section: str) -> Callable[[Any], Any]:
    def encrypt(secret: Any) -> Any:
        if not isinstance(secret, str):
            return secret
        return {"sealed": encryption.encrypt_at_rest(reach, card.organization, bound_to(card.sn, section), secret.encode())}

    return encrypt


def _check_modem(known: Configured, settings: Settings) -> None:
    hello = known.gateway.reports.hello
    if settings.get("cellular", {}).get("enabled") and hello and hello.has_modem is False:
        raise Invalid(Problem(("cellular", "enabled"), "must be false on a model without a modem"))


def _check_way_out(known: Configured, settings: Settings) -> None:
    """An interface that was never configured is as in the status report; one of which nothing is known counts as enabled."""
    status = known.gateway.reports.status
    seen = status.wan if status else {}
    stored = known.configuration.merged("wan") or {}
    after = [settings.get(name) or stored.get(name) or seen.get(name) or {} for name in WANS]
    if not any(way.get("enabled", True) for way in after):
        raise Invalid(Problem((), "must leave at least one interface enabled"))


@uses(_accept, retention_writes)
def set_syslog(reach: Reach, known: Configured, settings: Settings, by: str, now: datetime) -> None:
    """Accept how logs are kept and shared; numbers that are left out stay as they are."""

    def merge(known: Configured) -> Any:
        return {name: value for name, value in known.configuration.syslog.items() if name != "externalLogServer"} | dict(settings)

    _accept(reach, known, "syslog", merge, by, now, lambda known, after: retention_writes(reach, known, after, now))


@uses(_accept, battery_writes)
def set_monitoring(reach: Reach, known: Monitored, enabled: bool, by: str, now: datetime) -> None:
    """Monitor the battery, or no longer: then its data is hidden at once, but stored. Invalid for a model without one."""
    if not battery.supported(known.gateway.card.model):
        raise Invalid(Problem(("enabled",), "is not for this model: it has no battery that could be monitored"))
    _accept(
        reach, known, "batteryMonitoring", lambda _: {"enabled": enabled}, by, now, lambda known, after: battery_writes(reach, known, after)
    )


@uses(encryption.decrypt_at_rest)
def reveal(reach: Reach, card: Card, section: str, value: Any) -> Any:
    """The value of a section with its secrets in clear; those that are already stay as they are."""

    def decrypt(secret: Any) -> str:
        if isinstance(secret, str):
            return secret
        return encryption.decrypt_at_rest(reach, card.organization, bound_to(card.sn, section), secret["sealed"]).decode()

    return with_secrets(section, value, decrypt)


@uses(_lan, reveal)
def reveal_lan(reach: Reach, known: Configured) -> Any:
    """The local network with its key in clear; None while it is not known."""
    return reveal(reach, known.gateway.card, "lan", _lan(reach, known))
