"""A gateway in a location and its configuration reports: shared by the tests of configuration and batteries."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.configuration import desire
from fleet.configuration.battery import Monitored
from fleet.configuration.configuration import Configuration
from fleet.configuration.configurations import Configurations
from fleet.registry.gateway import Card
from fleet.registry.gateways import Gateways
from functions.workers.uplink.receive import handler as receive
from tests.harness.fleet import Fleet, Hardware
from tests.suite.settings import MODEL
from tests.workers.messages import deliver, hello, uplink_message


def online_gateway(fleet: Fleet) -> Hardware:
    """A gateway in a location, online since its hello message."""
    hardware, organization = fleet.hardware(model=MODEL), fleet.organization()
    fleet.gateway(organization, fleet.location(organization), hardware)
    deliver(receive, uplink_message(hardware, "hello", hello(hardware)))
    return hardware


def monitored(hardware: Hardware) -> Monitored:
    return fetch(EVERYWHERE, desire.monitored(hardware.sn))


def configuration(hardware: Hardware) -> Configuration:
    return fetch(EVERYWHERE, Configurations.by_sn(hardware.sn))


def card(hardware: Hardware) -> Card:
    return fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).card


def now() -> datetime:
    return datetime.now(UTC)


def report_configuration(hardware: Hardware, seq: int, version: int, **payload: Any) -> None:
    message = uplink_message(hardware, "config.reported", {"version": version, **payload}, seq=seq, received=now())
    assert deliver(receive, message) == []
