"""GET /things/{tuid}/installations (thingsee.md 5.1)."""

from __future__ import annotations

from datetime import UTC, datetime

import time_machine

from functions.thingsee.installation.list import handler as list_installations
from functions.thingsee.installation.set import handler as set_installation
from tests.contract.thingsee.tenant import UNKNOWN, Tenant, refusal_message

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)


def list_statuses(tenant: Tenant, tuid: str, **query: str) -> list[str]:
    return [entry["installation_status"] for entry in tenant.data(list_installations, query=query, tuid=tuid)]


def test_begins_with_the_factory(tenant: Tenant) -> None:
    with time_machine.travel(NOW, tick=False):
        tuid = tenant.things.sensor()
    (entry,) = tenant.data(list_installations, tuid=tuid)
    assert entry == {"tuid": tuid, "installation_status": "new", "timestamp": int(NOW.timestamp()), "responsible": "factory"}


def test_is_newest_first_with_time_and_client(tenant: Tenant, sensor: str) -> None:
    with time_machine.travel(NOW, tick=False):
        tenant.data(set_installation, {"installation_status": "installed"}, tuid=sensor)
        newest, first = tenant.data(list_installations, tuid=sensor)  # T8
    me = tenant.things.client.id
    assert newest == {"tuid": sensor, "installation_status": "installed", "timestamp": int(NOW.timestamp()), "responsible": me}  # T16
    assert first["installation_status"] == "new"


def test_a_limit_takes_the_newest(tenant: Tenant, sensor: str) -> None:
    for status in ("installed", "quarantine", "retired"):
        tenant.data(set_installation, {"installation_status": status}, tuid=sensor)
    history = ["retired", "quarantine", "installed", "new"]
    for limit, count in (("1", 1), ("3", 3), ("4", 4), ("5", 4), ("100000000000000000000", 4), ("", 4)):
        assert list_statuses(tenant, sensor, limit=limit) == history[:count], limit


def test_a_bad_limit_is_400_before_the_thing_is_looked_for(tenant: Tenant) -> None:
    for limit in ("0", "-1", "1.5", "1e3", "ten", " 1", "²"):
        refusal_message(tenant.ask(list_installations, query={"limit": limit}, tuid=UNKNOWN), 400, limit)  # T7


def test_an_unknown_thing_and_another_tenants_are_404(tenant: Tenant, other_sensor: str) -> None:
    for tuid in (UNKNOWN, other_sensor):
        refusal_message(tenant.ask(list_installations, tuid=tuid), 404, tuid)


def test_a_client_that_only_reads_may_ask(tenant: Tenant, sensor: str) -> None:
    tenant.things.change(read_only=True)
    assert list_statuses(tenant, sensor) == ["new"]
