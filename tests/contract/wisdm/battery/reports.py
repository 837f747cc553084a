"""Gateways whose batteries are monitored and report."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.configuration import desire
from fleet.configuration import report as configuration_report
from fleet.marks import Mark
from fleet.registry.gateway import Card
from functions.wisdm.battery.set_monitoring import handler as put
from tests.contract.wisdm.answers import is_accepted
from tests.contract.wisdm.network.settings import change
from tests.contract.wisdm.tenant import Tenant
from tests.suite.settings import BATTERY


def report(card: Card, **changed: Any) -> None:
    """Store a battery report as the uplink worker does."""
    now = int(datetime.now(UTC).timestamp() * 1000)
    known = fetch(EVERYWHERE, desire.monitored(card.sn))
    configuration_report.battery(EVERYWHERE, known, Mark("00000000-0000-4000-8000-000000000001", 9, now, now), BATTERY | changed)


def monitor(tenant: Tenant, card: Card, enabled: bool = True) -> None:
    assert is_accepted(change(tenant, put, card, {"enabled": enabled}))
