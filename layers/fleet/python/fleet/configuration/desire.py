"""The configuration of gateways: accepting what is desired, and what gateways say of it.

What is accepted is written in one transaction with the message that tells the gateway, and with what follows from
it: a battery that its location's list shows or drops, log files that are to be kept for longer or shorter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from fleet.access import Reach
from fleet.aws.reads import Read, both, fetch
from fleet.aws.writes import Refused, Write, transact
from fleet.configuration import battery
from fleet.configuration.batteries import Batteries
from fleet.configuration.battery import Monitored
from fleet.configuration.configuration import Configuration, Configured, with_secrets
from fleet.configuration.configurations import Configurations
from fleet.errors import Invalid, Problem, TooMany, Unreachable
from fleet.files.files import Logs
from fleet.grants import uses
from fleet.ids import derived_uuid
from fleet.outbox.message import Downlink
from fleet.outbox.messages import Downlinks
from fleet.registry.gateway import Card
from fleet.registry.gateways import Gateways
from fleet.tenancy import sealing

TRIES = 5
WANS = ("ethernet", "wifi", "cellular")
Given = Mapping[str, Any]


def sealed_in(sn: str, section: str) -> str:
    """What the secrets of a section are bound to."""
    return f"SN#{sn}|CONFIG|{section}"


def configured(sn: str) -> Read[Configured]:
    """A gateway and its configuration."""
    return both(Gateways.by_sn(sn), Configurations.by_sn(sn)).map(lambda parts: Configured(*parts))


def monitored(sn: str) -> Read[Monitored]:
    """A gateway, its configuration and its battery."""
    parts = both(configured(sn), Batteries.by_sn(sn))
    return parts.map(lambda parts: Monitored(parts[0].gateway, parts[0].configuration, parts[1]))


def message(card: Card, section: str, version: int, occasion: str) -> Downlink:
    """The message that tells a gateway of a section's desired value; the value is filled in when it leaves."""
    return Downlink(
        id=derived_uuid("config.desired", f"{card.id}/{section}/{version}/{occasion}"),
        sn=card.sn,
        organization=card.organization,
        type="config.desired",
        payload={"version": version, "section": section},
    )


@uses(Batteries.showing)
def following(reach: Reach, known: Configured, after: Configuration) -> list[Write]:
    """The writes that come with a change of the configuration: of its battery's place in a list."""
    if not isinstance(known, Monitored) or after.monitored == known.configuration.monitored:
        return []
    return Batteries.showing(reach, known.gateway.card, known.battery, after.monitored)


@uses(Logs.keeping)
def retaining(reach: Reach, known: Configured, after: Configuration, now: datetime) -> list[Write]:
    """The writes that come with a change of the configuration: of how long log files are kept."""
    if after.retention == known.configuration.retention:
        return []
    return [Logs.keeping(reach, known.gateway.card.organization, after.sn, after.version, now)]


Writes = Callable[[Configured, Configuration], list[Write]]


@uses(fetch, Configurations.storing, Downlinks.sending)
def _accept(
    reach: Reach, known: Configured, section: str, decide: Callable[[Configured], Any], now: datetime, more: Writes | None = None
) -> None:
    """Accept a section's value and have it sent. `decide` makes the value of what is known, anew when that has changed meanwhile."""
    card = known.gateway.card
    if known.gateway.status(now) == "PROVISIONING":
        raise Unreachable("The gateway has not applied its location's configuration yet")
    again: Read[Configured] = monitored(card.sn) if isinstance(known, Monitored) else configured(card.sn)
    for _ in range(TRIES):
        before = known.configuration
        after = before.desiring(section, decide(known), known.gateway.boot, int(now.timestamp() * 1000))
        writes = [
            Configurations.storing(reach, card.organization, before, after),
            Downlinks.sending(reach, message(card, section, after.last, "")),
        ]
        try:
            transact([*writes, *(more(known, after) if more else ())])
        except Refused:
            known = fetch(reach, again)
        else:
            return
    raise TooMany("The gateway is being configured too often at once")


def _here(known: Configured, now: datetime) -> None:
    if known.gateway.status(now) == "OFFLINE":
        raise Unreachable("The gateway is offline")


@uses(_accept)
def set_priority(reach: Reach, known: Configured, priority: str, now: datetime) -> None:
    """Accept an order of the ways to the Internet. Unreachable unless the gateway is online."""
    _here(known, now)
    _accept(reach, known, "priority", lambda _: priority, now)


@uses(_accept, sealing.seal)
def set_lan(reach: Reach, known: Configured, wifi: Given, now: datetime) -> None:
    """Accept settings of the access point; what is left out keeps its value. Unreachable unless the gateway is online."""
    _here(known, now)
    seal = _sealer(reach, known.gateway.card, "lan")

    def decide(known: Configured) -> Any:
        value = {**((known.configuration.merged("lan") or {}).get("wifi") or {}), **wifi}
        if value.get("encryption") == "NONE":
            value.pop("key", None)
        return with_secrets("lan", {"wifi": value}, seal)

    _accept(reach, known, "lan", decide, now)


@uses(_accept, sealing.seal)
def set_wan(reach: Reach, known: Configured, given: Given, now: datetime) -> None:
    """Accept settings of some ways to the Internet; the others are unchanged. A gateway that is offline gets them when it is back.

    Invalid when none would be enabled any more, or the modem is to be used in a model that has none.
    """
    seal = _sealer(reach, known.gateway.card, "wan")

    def decide(known: Configured) -> Any:
        _check_modem(known, given)
        _check_way_out(known, given)
        desired = known.configuration.section("wan").desired
        return with_secrets("wan", {**(desired.value if desired else {}), **given}, seal)

    _accept(reach, known, "wan", decide, now)


def _sealer(reach: Reach, card: Card, section: str) -> Callable[[Any], Any]:
    def seal(secret: Any) -> Any:
        if not isinstance(secret, str):
            return secret
        return {"sealed": sealing.seal(reach, card.organization, sealed_in(card.sn, section), secret.encode())}

    return seal


def _check_modem(known: Configured, given: Given) -> None:
    hello = known.gateway.reported.get("hello")
    if given.get("cellular", {}).get("enabled") and hello and hello.value.get("hasModem") is False:
        raise Invalid(Problem(("cellular", "enabled"), "must be false on a model without a modem"))


def _check_way_out(known: Configured, given: Given) -> None:
    """What nobody has configured is as the status report says, if it says anything."""
    status: Any = known.gateway.reported["status"].value if "status" in known.gateway.reported else {}
    seen = (status.get("network") or {}).get("wan") or {}
    stored = known.configuration.merged("wan") or {}
    after = {name: given.get(name) or stored.get(name) or seen.get(name) or {} for name in WANS}
    if not any(way.get("enabled") for way in after.values()):
        raise Invalid(Problem((), "must leave at least one interface enabled"))


@uses(_accept, retaining)
def set_syslog(reach: Reach, known: Configured, given: Given, now: datetime) -> None:
    """Accept how logs are kept and shared; numbers left out keep their values."""

    def decide(known: Configured) -> Any:
        kept = {name: value for name, value in known.configuration.syslog.items() if name != "externalLogServer"}
        return {**kept, **given}

    _accept(reach, known, "syslog", decide, now, lambda known, after: retaining(reach, known, after, now))


@uses(_accept, following)
def set_monitoring(reach: Reach, known: Monitored, enabled: bool, now: datetime) -> None:
    """Have the battery monitored, or no longer: then its data is hidden at once, and kept. Invalid for a model without one."""
    if not battery.supported(known.gateway.card.model):
        raise Invalid(Problem(("enabled",), "is not for this model: it has no battery that could be monitored"))
    _accept(reach, known, "batteryMonitoring", lambda _: {"enabled": enabled}, now, lambda known, after: following(reach, known, after))


@uses(sealing.unseal)
def opened(reach: Reach, card: Card, section: str, value: Any) -> Any:
    """The value of a section with its secrets in clear."""

    def unseal(secret: Any) -> str:
        return sealing.unseal(reach, card.organization, sealed_in(card.sn, section), secret["sealed"]).decode()

    return with_secrets(section, value, unseal)
