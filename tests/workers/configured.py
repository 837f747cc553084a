"""A gateway in a location that says what it is configured to: what tests of configuration and of batteries share."""

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
from tests.harness.fleet import Box, Fleet
from tests.suite.settings import MODEL
from tests.workers.device import deliver, hello, letter


def made(fleet: Fleet) -> Box:
    """A gateway in a location, online since its start."""
    box, organization = fleet.box(model=MODEL), fleet.organization()
    fleet.gateway(organization, fleet.location(organization), box)
    deliver(receive, letter(box, "hello", hello(box)))
    return box


def known(box: Box) -> Monitored:
    return fetch(EVERYWHERE, desire.monitored(box.sn))


def kept(box: Box) -> Configuration:
    return fetch(EVERYWHERE, Configurations.by_sn(box.sn))


def card(box: Box) -> Card:
    return fetch(EVERYWHERE, Gateways.by_sn(box.sn)).card


def now() -> datetime:
    return datetime.now(UTC)


def says(box: Box, seq: int, version: int, **payload: Any) -> None:
    told = letter(box, "config.reported", {"version": version, **payload}, seq=seq, received=now())
    assert deliver(receive, told) == []
