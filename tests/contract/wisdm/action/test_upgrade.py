"""POST /v4/gateway/{sn}/upgrade (contract, 7.4)."""

from __future__ import annotations

import pytest

from fleet.access import EVERYWHERE
from fleet.configuration.image import Firmware
from fleet.configuration.images import Firmwares
from functions.wisdm.action.upgrade import handler
from tests.contract.wisdm.action.order import NOW, acknowledged, give, kept, offline, online, provisioning
from tests.contract.wisdm.tenant import Tenant, failing, meanwhile, refused, rows, sent_to
from tests.harness.fleet import Box
from tests.harness.recorder import Recorder

LISTED = ("2.1.9", "2.2.0", "2.2.13", "2.2.21")


@pytest.fixture
def box(tenant: Tenant) -> Box:
    """A gateway with firmware 2.2.20, for whose model there are some."""
    listed("RAK7268V2", *LISTED)
    return online(tenant)


def listed(model: str, *versions: str) -> None:
    for version in versions:
        Firmwares.add(EVERYWHERE, Firmware(model=model, version=version, key="firmware/x", size=1, sha256="0" * 64, added=NOW))


def wanted(box: Box) -> tuple[str | None, str] | None:
    action = kept(box, "upgrade")
    return (action.version, action.state) if action else None


@pytest.mark.parametrize("version", ["2.2.13", "2.2.0", "2.2.21"])
def test_a_newer_or_older_one_is_sent(tenant: Tenant, box: Box, version: str) -> None:
    answer = give(handler, tenant, box, {"version": version})
    assert (answer.status, answer.content) == (204, b"")
    (message,) = sent_to(box.sn)
    action = kept(box, "upgrade")
    assert action
    assert (message["type"], message["payload"]) == ("action.upgrade", {"actionId": action.id, "version": version})
    assert "deadline" not in message
    assert wanted(box) == (version, "PENDING")


@pytest.mark.parametrize(
    "version",
    ["", "2.2", "v2.2.13", "2.2.13-rc1", "02.2.13", "2.2.013", "2.2.1300", "2.2.13.1", " 2.2.13", "2.2.13\n", "٢.2.13", 2.2, None, []],
    ids=repr,
)
def test_another_form_is_refused(tenant: Tenant, box: Box, version: object) -> None:
    assert failing(give(handler, tenant, box, {"version": version})) == ["version"]


def test_what_the_catalogue_has_not_is_refused(tenant: Tenant, box: Box) -> None:
    listed("RAK7289CV2", "2.2.14")
    assert failing(give(handler, tenant, box, {"version": "2.2.14"})) == ["version"]
    assert sent_to(box.sn) == []


def test_the_way_back_below_2_2_0_is_refused(tenant: Tenant, box: Box) -> None:
    assert failing(give(handler, tenant, box, {"version": "2.1.9"})) == ["version"]


def test_a_gateway_that_is_below_may_go_further_down(tenant: Tenant, box: Box) -> None:
    old = online(tenant, firmware="2.1.10")
    assert give(handler, tenant, old, {"version": "2.1.9"}).status == 204
    assert wanted(old) == ("2.1.9", "PENDING")


@pytest.mark.parametrize("version", ["2.2.20"])
def test_what_is_installed_makes_no_job(tenant: Tenant, box: Box, version: str) -> None:
    before = rows()
    assert give(handler, tenant, box, {"version": version}).status == 204
    assert rows() == before


def test_what_is_installed_takes_the_place_of_a_job(tenant: Tenant, box: Box) -> None:
    give(handler, tenant, box, {"version": "2.2.13"})
    assert give(handler, tenant, box, {"version": "2.2.20"}).status == 204
    assert wanted(box) == ("2.2.20", "DONE")
    assert len(sent_to(box.sn)) == 1


def test_a_newer_request_takes_the_place_of_the_one_before(tenant: Tenant, box: Box) -> None:
    give(handler, tenant, box, {"version": "2.2.13"})
    give(handler, tenant, box, {"version": "2.2.21"}, after=1)
    assert wanted(box) == ("2.2.21", "PENDING")


def test_a_request_after_one_that_is_done_is_a_job_again(tenant: Tenant, box: Box) -> None:
    give(handler, tenant, box, {"version": "2.2.13"})
    acknowledged(box, "upgrade")
    give(handler, tenant, box, {"version": "2.2.21"}, after=1)
    assert wanted(box) == ("2.2.21", "PENDING")
    assert len(sent_to(box.sn)) == 2


def test_a_request_at_the_same_time_is_not_lost(tenant: Tenant, box: Box) -> None:
    meanwhile(lambda: give(handler, tenant, box, {"version": "2.2.13"}))
    assert give(handler, tenant, box, {"version": "2.2.21"}).status == 204
    assert wanted(box) == ("2.2.21", "PENDING")


def test_a_gateway_that_is_offline_gets_it_later(tenant: Tenant, box: Box) -> None:
    """Nothing is sent to it now; `tests/workers/test_uplink_actions.py` has what happens when it is back."""
    away = offline(tenant)
    for version in ("2.2.13", "2.2.21"):
        assert give(handler, tenant, away, {"version": version}).status == 204
    assert sent_to(away.sn) == []
    assert wanted(away) == ("2.2.21", "PENDING")


def test_a_gateway_without_its_configuration_is_refused(tenant: Tenant, box: Box) -> None:
    new = provisioning(tenant)
    for version in ("2.2.13", "2.2.20"):
        assert refused(give(handler, tenant, new, {"version": version}), 500)
    assert failing(give(handler, tenant, new, {"version": "9.9.9"})) == ["version"]
    assert wanted(new) is None


def test_another_tenants_gateway_is_not_found(tenant: Tenant, box: Box) -> None:
    assert refused(give(handler, Tenant.of(tenant.fleet), box, {"version": "2.2.13"}), 404) == "Gateway not found"


def test_takes_three_requests(tenant: Tenant, box: Box, signed: Recorder) -> None:
    give(handler, tenant, online(tenant), {"version": "2.2.13"})
    signed.clear()
    give(handler, tenant, box, {"version": "2.2.13"})
    assert signed.requests == ["dynamodb:BatchGetItem", "dynamodb:BatchGetItem", "dynamodb:TransactWriteItems"]
