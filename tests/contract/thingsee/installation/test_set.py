"""POST /things/{tuid}/installations (thingsee.md 5.2). The effects of a status on alerts are tested in tests/workers."""

from __future__ import annotations

from typing import Any

from functions.thingsee.group.get_of_thing import handler as get_group
from functions.thingsee.installation.list import handler as list_installations
from functions.thingsee.installation.set import handler as set_installation
from tests.contract.thingsee.tenant import UNKNOWN, Tenant, refusal_message
from tests.harness.interference import before_first_request

STATUSES = ("new", "installed", "uninstalled", "quarantine", "retired")


def set_status(tenant: Tenant, tuid: str, status: str = "installed") -> Any:
    return tenant.data(set_installation, {"installation_status": status}, tuid=tuid)


def list_statuses(tenant: Tenant, tuid: str, **query: str) -> list[str]:
    return [entry["installation_status"] for entry in tenant.data(list_installations, query=query, tuid=tuid)]


def test_shows_the_thing_and_its_status(tenant: Tenant, sensor: str) -> None:
    assert set_status(tenant, sensor) == {"tuid": sensor, "installation_status": "installed"}
    assert tenant.things.thing(sensor).status == "installed"


def test_any_status_may_follow_any_other_and_itself(tenant: Tenant, sensor: str) -> None:
    asked = [status for each in STATUSES for status in (each, each, *STATUSES)]
    for status in asked:
        set_status(tenant, sensor, status)
    assert list_statuses(tenant, sensor) == [*reversed(asked), "new"]  # T24
    assert list_statuses(tenant, sensor, limit="1") == [asked[-1]]
    assert len(list_statuses(tenant, sensor, limit="5")) == 5


def test_a_bad_status_is_400_before_the_thing_is_looked_for(tenant: Tenant) -> None:
    for status in ("Installed", "INSTALLED", "installed ", "", "gone", 7, None, True, ["new"]):
        refusal_message(tenant.ask(set_installation, {"installation_status": status}, tuid=UNKNOWN), 400, status)


def test_an_unknown_thing_and_another_tenants_are_404(tenant: Tenant, other_sensor: str) -> None:
    for tuid in (UNKNOWN, other_sensor):
        refusal_message(tenant.ask(set_installation, {"installation_status": "new"}, tuid=tuid), 404, tuid)


def test_the_group_stays(tenant: Tenant, sensor: str) -> None:
    tenant.things.move(sensor, tenant.group("a"))
    set_status(tenant, sensor, "retired")
    assert tenant.data(get_group, tuid=sensor)["group_id"] == "a"


def test_two_at_once_are_both_stored(tenant: Tenant, sensor: str) -> None:
    with before_first_request("TransactWriteItems", lambda: set_status(tenant, sensor, "quarantine")):
        set_status(tenant, sensor, "retired")
    assert list_statuses(tenant, sensor) == ["retired", "quarantine", "new"]
    assert tenant.things.thing(sensor).status == "retired"


def test_a_client_that_only_reads_is_403_before_anything_else(tenant: Tenant, sensor: str) -> None:
    tenant.things.change(read_only=True)
    refusal_message(tenant.ask(set_installation, {"installation_status": "new"}, tuid=sensor), 403)
    refusal_message(tenant.ask(set_installation, {}, tuid=UNKNOWN), 403)
    assert list_statuses(tenant, sensor) == ["new"]
