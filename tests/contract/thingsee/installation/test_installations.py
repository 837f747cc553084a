"""Installations of a thing (contract, 5.1 and 5.2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from functions.thingsee.group import get_of_thing
from functions.thingsee.installation import list as list_installations
from functions.thingsee.installation import set as set_installation
from tests.contract.thingsee.customer import Customer, meanwhile, refused

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
STATUSES = ("new", "installed", "uninstalled", "quarantine", "retired")


def installed(customer: Customer, tuid: str, status: str = "installed") -> Any:
    return customer.data(set_installation.handler, {"installation_status": status}, tuid=tuid)


def listed(customer: Customer, tuid: str, **query: str) -> list[str]:
    return [entry["installation_status"] for entry in customer.data(list_installations.handler, query=query, tuid=tuid)]


def test_begins_with_the_factory(customer: Customer) -> None:
    with time_machine.travel(NOW, tick=False):
        tuid = customer.field.sensor()
    (entry,) = customer.data(list_installations.handler, tuid=tuid)
    assert entry == {"tuid": tuid, "installation_status": "new", "timestamp": int(NOW.timestamp()), "responsible": "factory"}


def test_is_newest_first_with_time_and_client(customer: Customer) -> None:
    tuid = customer.field.sensor()
    with time_machine.travel(NOW, tick=False):
        customer = Customer(customer.field, customer.field.token)
        assert installed(customer, tuid) == {"tuid": tuid, "installation_status": "installed"}
        newest, first = customer.data(list_installations.handler, tuid=tuid)  # T8
    me = customer.field.client.id
    assert newest == {"tuid": tuid, "installation_status": "installed", "timestamp": int(NOW.timestamp()), "responsible": me}  # T16
    assert first["installation_status"] == "new"


def test_any_status_may_follow_any_other_and_itself(customer: Customer) -> None:
    tuid, asked = customer.field.sensor(), [status for each in STATUSES for status in (each, each, *STATUSES)]
    for status in asked:
        installed(customer, tuid, status)
    assert listed(customer, tuid) == [*reversed(asked), "new"]  # T24
    assert listed(customer, tuid, limit="1") == [asked[-1]]
    assert len(listed(customer, tuid, limit="5")) == 5


def test_the_limit_is_read_as_a_thousand_at_most(standing: Customer) -> None:
    tuid = standing.field.sensor()
    assert listed(standing, tuid, limit="100000000000000000000") == ["new"]
    assert listed(standing, tuid, limit="") == ["new"]


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "1e3", "ten", " 1", "²"], ids=ascii)
def test_a_bad_limit_is_400(standing: Customer, limit: str) -> None:
    refused(standing.ask(list_installations.handler, query={"limit": limit}, tuid="NOTHING0001"), 400)  # T7


@pytest.mark.parametrize("status", ["Installed", "INSTALLED", "installed ", "", "gone", 7, None, True, ["new"]], ids=ascii)
def test_a_bad_status_is_400(standing: Customer, status: Any) -> None:
    refused(standing.ask(set_installation.handler, {"installation_status": status}, tuid="NOTHING0001"), 400)


def test_an_unknown_thing_is_404(standing: Customer) -> None:
    refused(standing.ask(list_installations.handler, tuid="NOTHING0001"), 404)
    refused(standing.ask(set_installation.handler, {"installation_status": "new"}, tuid="NOTHING0001"), 404)


def test_another_customers_thing_is_404(customer: Customer) -> None:
    theirs = Customer.of(customer.field.fleet).field.sensor()
    refused(customer.ask(set_installation.handler, {"installation_status": "new"}, tuid=theirs), 404)


def test_the_group_stays(customer: Customer) -> None:
    tuid = customer.field.sensor()
    customer.group("a")
    customer.field.move(tuid, "a")
    installed(customer, tuid, "retired")
    assert customer.data(get_of_thing.handler, tuid=tuid)["group_id"] == "a"


def test_two_at_once_are_both_kept(customer: Customer) -> None:
    tuid = customer.field.sensor()
    meanwhile(lambda: installed(customer, tuid, "quarantine"))
    installed(customer, tuid, "retired")
    assert listed(customer, tuid) == ["retired", "quarantine", "new"]
    assert customer.field.thing(tuid).status == "retired"


def test_a_client_that_only_reads_may_list_alone(customer: Customer) -> None:
    tuid = customer.field.sensor()
    customer.field.change(read_only=True)
    assert listed(customer, tuid) == ["new"]
    refused(customer.ask(set_installation.handler, {"installation_status": "new"}, tuid=tuid), 403)
    refused(customer.ask(set_installation.handler, {}, tuid="NOTHING0001"), 403)
