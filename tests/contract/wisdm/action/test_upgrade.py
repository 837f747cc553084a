"""POST /v4/gateway/{sn}/upgrade (wisdm.md 7.4)."""

from __future__ import annotations

import pytest

from fleet.access import EVERYWHERE
from fleet.configuration.image import Firmware
from fleet.configuration.images import Firmwares
from fleet.registry.gateway import Card
from functions.wisdm.action.upgrade import handler
from tests.contract.wisdm.action.orders import acknowledge, another_gateway, give, latest, none_of
from tests.contract.wisdm.answers import invalid_fields, is_accepted, refusal_message
from tests.contract.wisdm.prepared_world import NOW
from tests.contract.wisdm.stored import outbox_of, restored_after_each, unchanged
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.interference import before_next_transaction
from tests.harness.recorder import Recorder


@pytest.fixture
def gateways_with_firmware(gateways: TenantWithGateways) -> TenantWithGateways:
    """Gateways with firmware 2.2.20, and a catalogue with firmware of their model."""
    for version in ("2.1.9", "2.2.0", "2.2.13", "2.2.21"):
        add(gateways.online.model, version)
    return gateways


def add(model: str, version: str) -> None:
    Firmwares.add(EVERYWHERE, Firmware(model=model, version=version, key="firmware/x", size=1, sha256="0" * 64, added=NOW))


def version_and_state(card: Card) -> tuple[str | None, str]:
    action = latest(card, "upgrade")
    return action.version, action.state


def test_a_newer_or_older_one_is_sent(gateways_with_firmware: TenantWithGateways) -> None:
    card = gateways_with_firmware.online
    for version in restored_after_each(("2.2.13", "2.2.0", "2.2.21")):
        assert is_accepted(give(handler, gateways_with_firmware, card, {"version": version})), version
        (message,) = outbox_of(card.sn)
        expected = {"actionId": latest(card, "upgrade").id, "version": version}
        assert (message["type"], message["payload"]) == ("action.upgrade", expected)
        assert "deadline" not in message
        assert version_and_state(card) == (version, "PENDING")


MALFORMED: tuple[object, ...] = (
    "", "2.2", "v2.2.13", "2.2.13-rc1", "02.2.13", "2.2.013", "2.2.1300", "2.2.13.1", " 2.2.13", "2.2.13\n", "٢.2.13", 2.2, None, [],
)  # fmt: skip


def test_another_form_is_refused(gateways_with_firmware: TenantWithGateways) -> None:
    with unchanged():
        for body in (*({"version": version} for version in MALFORMED), {}):
            assert invalid_fields(give(handler, gateways_with_firmware, gateways_with_firmware.online, body)) == ["version"], body


def test_what_the_catalogue_has_not_is_refused(gateways_with_firmware: TenantWithGateways) -> None:
    add("RAK7268V2", "2.2.14")
    with unchanged():
        assert invalid_fields(give(handler, gateways_with_firmware, gateways_with_firmware.online, {"version": "2.2.14"})) == ["version"]


def test_the_way_back_below_2_2_0_is_refused(gateways_with_firmware: TenantWithGateways) -> None:
    assert invalid_fields(give(handler, gateways_with_firmware, gateways_with_firmware.online, {"version": "2.1.9"})) == ["version"]


def test_a_gateway_that_is_below_may_go_further_down(gateways_with_firmware: TenantWithGateways) -> None:
    old = another_gateway(gateways_with_firmware, model=gateways_with_firmware.online.model, firmware="2.1.10")
    assert is_accepted(give(handler, gateways_with_firmware, old, {"version": "2.1.9"}))
    assert version_and_state(old) == ("2.1.9", "PENDING")


def test_what_is_installed_makes_no_job(gateways_with_firmware: TenantWithGateways) -> None:
    with unchanged():
        assert is_accepted(give(handler, gateways_with_firmware, gateways_with_firmware.online, {"version": "2.2.20"}))


def test_what_is_installed_takes_the_place_of_a_job(gateways_with_firmware: TenantWithGateways) -> None:
    give(handler, gateways_with_firmware, gateways_with_firmware.online, {"version": "2.2.13"})
    assert is_accepted(give(handler, gateways_with_firmware, gateways_with_firmware.online, {"version": "2.2.20"}))
    assert version_and_state(gateways_with_firmware.online) == ("2.2.20", "DONE")
    assert len(outbox_of(gateways_with_firmware.online.sn)) == 1


def test_a_newer_request_takes_the_place_of_the_one_before(gateways_with_firmware: TenantWithGateways) -> None:
    give(handler, gateways_with_firmware, gateways_with_firmware.online, {"version": "2.2.13"})
    give(handler, gateways_with_firmware, gateways_with_firmware.online, {"version": "2.2.21"}, after=1)
    assert version_and_state(gateways_with_firmware.online) == ("2.2.21", "PENDING")


def test_a_request_after_one_that_is_done_is_a_job_again(gateways_with_firmware: TenantWithGateways) -> None:
    give(handler, gateways_with_firmware, gateways_with_firmware.online, {"version": "2.2.13"})
    acknowledge(gateways_with_firmware.online, "upgrade")
    give(handler, gateways_with_firmware, gateways_with_firmware.online, {"version": "2.2.21"}, after=1)
    assert version_and_state(gateways_with_firmware.online) == ("2.2.21", "PENDING")
    assert len(outbox_of(gateways_with_firmware.online.sn)) == 2


def test_a_request_at_the_same_time_is_not_lost(gateways_with_firmware: TenantWithGateways) -> None:
    before_next_transaction(lambda: give(handler, gateways_with_firmware, gateways_with_firmware.online, {"version": "2.2.13"}))
    assert is_accepted(give(handler, gateways_with_firmware, gateways_with_firmware.online, {"version": "2.2.21"}))
    assert version_and_state(gateways_with_firmware.online) == ("2.2.21", "PENDING")


def test_what_is_installed_meanwhile_is_replaced(gateways_with_firmware: TenantWithGateways) -> None:
    """A request for the installed firmware ends a waiting upgrade, unless another one has been carried out meanwhile."""
    fleet, card = gateways_with_firmware.fleet, gateways_with_firmware.online

    def upgrade() -> None:
        give(handler, gateways_with_firmware, card, {"version": "2.2.13"})
        acknowledge(card, "upgrade")
        fleet.report(card, "hello", {"applied": card.config_version, "firmware": "2.2.13"}, seq=2)

    add(card.model, "2.2.20")
    give(handler, gateways_with_firmware, card, {"version": "2.2.21"})
    before_next_transaction(upgrade)
    assert is_accepted(give(handler, gateways_with_firmware, card, {"version": "2.2.20"}))
    assert version_and_state(card) == ("2.2.20", "PENDING")
    assert sorted(message["payload"]["version"] for message in outbox_of(card.sn)) == ["2.2.13", "2.2.20", "2.2.21"]


def test_a_gateway_that_is_offline_gets_it_later(gateways_with_firmware: TenantWithGateways) -> None:
    """Nothing is sent now; `tests/workers/test_uplink_orders.py` tests the reconnect."""
    for version in ("2.2.13", "2.2.21"):
        assert is_accepted(give(handler, gateways_with_firmware, gateways_with_firmware.offline, {"version": version}))
    assert outbox_of(gateways_with_firmware.offline.sn) == []
    assert version_and_state(gateways_with_firmware.offline) == ("2.2.21", "PENDING")


def test_a_gateway_without_its_configuration_is_refused(gateways_with_firmware: TenantWithGateways) -> None:
    new = gateways_with_firmware.provisioning
    for version in ("2.2.13", "2.2.20"):
        assert refusal_message(give(handler, gateways_with_firmware, new, {"version": version}), 500)
    assert invalid_fields(give(handler, gateways_with_firmware, new, {"version": "9.9.9"})) == ["version"]
    assert none_of(new, "upgrade")


def test_another_tenants_gateway_is_not_found(gateways_with_firmware: TenantWithGateways, other_tenant: Tenant) -> None:
    assert refusal_message(give(handler, other_tenant, gateways_with_firmware.online, {"version": "2.2.13"}), 404) == "Gateway not found"


def test_takes_three_requests(gateways_with_firmware: TenantWithGateways, aws_requests: Recorder) -> None:
    give(handler, gateways_with_firmware, gateways_with_firmware.offline, {"version": "2.2.13"})
    aws_requests.clear()
    give(handler, gateways_with_firmware, gateways_with_firmware.online, {"version": "2.2.13"})
    assert aws_requests.requests == ["dynamodb:BatchGetItem", "dynamodb:BatchGetItem", "dynamodb:TransactWriteItems"]
