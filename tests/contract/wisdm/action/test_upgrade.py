"""POST /v4/gateway/{sn}/upgrade (wisdm.md 7.4)."""

from __future__ import annotations

import pytest

from fleet.access import EVERYWHERE
from fleet.configuration.image import Firmware
from fleet.configuration.images import Firmwares
from fleet.registry.gateway import Card
from functions.wisdm.action.upgrade import handler
from tests.contract.wisdm.action.orders import acknowledged, another, give, latest, none_of
from tests.contract.wisdm.answers import accepted, failing, refused
from tests.contract.wisdm.prepared_world import NOW
from tests.contract.wisdm.stored import each_afresh, sent_to, unchanged
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.interference import before_next_transaction
from tests.harness.recorder import Recorder


@pytest.fixture
def listed(gateways: TenantWithGateways) -> TenantWithGateways:
    """Gateways with firmware 2.2.20, for whose model the catalogue has some."""
    for version in ("2.1.9", "2.2.0", "2.2.13", "2.2.21"):
        add(gateways.online.model, version)
    return gateways


def add(model: str, version: str) -> None:
    Firmwares.add(EVERYWHERE, Firmware(model=model, version=version, key="firmware/x", size=1, sha256="0" * 64, added=NOW))


def wanted(card: Card) -> tuple[str | None, str]:
    action = latest(card, "upgrade")
    return action.version, action.state


def test_a_newer_or_older_one_is_sent(listed: TenantWithGateways) -> None:
    card = listed.online
    for version in each_afresh(("2.2.13", "2.2.0", "2.2.21")):
        assert accepted(give(handler, listed, card, {"version": version})), version
        (message,) = sent_to(card.sn)
        expected = {"actionId": latest(card, "upgrade").id, "version": version}
        assert (message["type"], message["payload"]) == ("action.upgrade", expected)
        assert "deadline" not in message
        assert wanted(card) == (version, "PENDING")


MALFORMED: tuple[object, ...] = (
    "", "2.2", "v2.2.13", "2.2.13-rc1", "02.2.13", "2.2.013", "2.2.1300", "2.2.13.1", " 2.2.13", "2.2.13\n", "٢.2.13", 2.2, None, [],
)  # fmt: skip


def test_another_form_is_refused(listed: TenantWithGateways) -> None:
    with unchanged():
        for body in (*({"version": version} for version in MALFORMED), {}):
            assert failing(give(handler, listed, listed.online, body)) == ["version"], body


def test_what_the_catalogue_has_not_is_refused(listed: TenantWithGateways) -> None:
    add("RAK7268V2", "2.2.14")
    with unchanged():
        assert failing(give(handler, listed, listed.online, {"version": "2.2.14"})) == ["version"]


def test_the_way_back_below_2_2_0_is_refused(listed: TenantWithGateways) -> None:
    assert failing(give(handler, listed, listed.online, {"version": "2.1.9"})) == ["version"]


def test_a_gateway_that_is_below_may_go_further_down(listed: TenantWithGateways) -> None:
    old = another(listed, model=listed.online.model, firmware="2.1.10")
    assert accepted(give(handler, listed, old, {"version": "2.1.9"}))
    assert wanted(old) == ("2.1.9", "PENDING")


def test_what_is_installed_makes_no_job(listed: TenantWithGateways) -> None:
    with unchanged():
        assert accepted(give(handler, listed, listed.online, {"version": "2.2.20"}))


def test_what_is_installed_takes_the_place_of_a_job(listed: TenantWithGateways) -> None:
    give(handler, listed, listed.online, {"version": "2.2.13"})
    assert accepted(give(handler, listed, listed.online, {"version": "2.2.20"}))
    assert wanted(listed.online) == ("2.2.20", "DONE")
    assert len(sent_to(listed.online.sn)) == 1


def test_a_newer_request_takes_the_place_of_the_one_before(listed: TenantWithGateways) -> None:
    give(handler, listed, listed.online, {"version": "2.2.13"})
    give(handler, listed, listed.online, {"version": "2.2.21"}, after=1)
    assert wanted(listed.online) == ("2.2.21", "PENDING")


def test_a_request_after_one_that_is_done_is_a_job_again(listed: TenantWithGateways) -> None:
    give(handler, listed, listed.online, {"version": "2.2.13"})
    acknowledged(listed.online, "upgrade")
    give(handler, listed, listed.online, {"version": "2.2.21"}, after=1)
    assert wanted(listed.online) == ("2.2.21", "PENDING")
    assert len(sent_to(listed.online.sn)) == 2


def test_a_request_at_the_same_time_is_not_lost(listed: TenantWithGateways) -> None:
    before_next_transaction(lambda: give(handler, listed, listed.online, {"version": "2.2.13"}))
    assert accepted(give(handler, listed, listed.online, {"version": "2.2.21"}))
    assert wanted(listed.online) == ("2.2.21", "PENDING")


def test_a_gateway_that_is_offline_gets_it_later(listed: TenantWithGateways) -> None:
    """Nothing is sent to it now; `tests/workers/test_uplink_orders.py` has what happens when it is back."""
    for version in ("2.2.13", "2.2.21"):
        assert accepted(give(handler, listed, listed.offline, {"version": version}))
    assert sent_to(listed.offline.sn) == []
    assert wanted(listed.offline) == ("2.2.21", "PENDING")


def test_a_gateway_without_its_configuration_is_refused(listed: TenantWithGateways) -> None:
    new = listed.provisioning
    for version in ("2.2.13", "2.2.20"):
        assert refused(give(handler, listed, new, {"version": version}), 500)
    assert failing(give(handler, listed, new, {"version": "9.9.9"})) == ["version"]
    assert none_of(new, "upgrade")


def test_another_tenants_gateway_is_not_found(listed: TenantWithGateways, other_tenant: Tenant) -> None:
    assert refused(give(handler, other_tenant, listed.online, {"version": "2.2.13"}), 404) == "Gateway not found"


def test_takes_three_requests(listed: TenantWithGateways, aws_requests: Recorder) -> None:
    give(handler, listed, listed.offline, {"version": "2.2.13"})
    aws_requests.clear()
    give(handler, listed, listed.online, {"version": "2.2.13"})
    assert aws_requests.requests == ["dynamodb:BatchGetItem", "dynamodb:BatchGetItem", "dynamodb:TransactWriteItems"]
