"""POST /v4/gateway/{sn}/network/wan (wisdm.md 8.0 and 8.3): what is kept, shown and sent."""

from __future__ import annotations

from typing import Any

from functions.wisdm.network.get_wan import handler as get
from functions.wisdm.network.set_wan import handler as put
from tests.contract.wisdm.answers import invalid_fields, is_accepted, refusal_message
from tests.contract.wisdm.network.settings import DHCP, TRACKING, WAN, change, read
from tests.contract.wisdm.stored import outbox_of, restored_after_each, unchanged
from tests.contract.wisdm.tenant import TenantWithGateways


def test_the_sample_of_the_page_is_read_as_it_was_set(gateways: TenantWithGateways) -> None:
    card = gateways.online
    assert is_accepted(change(gateways, put, card, WAN))
    assert read(gateways, get, card).json == WAN
    (message,) = outbox_of(card.sn)
    assert (message["type"], message["payload"]) == ("config.desired", {"version": 1, "section": "wan"})


def test_an_interface_that_is_given_is_replaced_and_the_others_stay(gateways: TenantWithGateways) -> None:
    card = gateways.online
    gateways.fleet.report_configuration(
        card, wan={"ethernet": DHCP, "cellular": {"enabled": True, "apn": "old.example", "username": "pier"}}
    )
    assert is_accepted(change(gateways, put, card, {"cellular": {"enabled": True, "apn": "iot.example"}}))
    assert read(gateways, get, card).json == {"ethernet": DHCP, "cellular": {"enabled": True, "apn": "iot.example", "tracking": TRACKING}}
    assert is_accepted(change(gateways, put, card, {"wifi": {"enabled": False}}))
    assert set(read(gateways, get, card).json) == {"ethernet", "cellular", "wifi"}


def test_an_enabled_interface_has_a_tracking(gateways: TenantWithGateways) -> None:
    card = gateways.online
    change(gateways, put, card, {"ethernet": {**DHCP, "tracking": {"trackTargets": ["a.example", "9.9.9.9"], "reliability": 2}}})
    tracking = read(gateways, get, card).json["ethernet"]["tracking"]
    assert tracking == {**TRACKING, "trackTargets": ["a.example", "9.9.9.9"], "reliability": 2}
    change(gateways, put, card, {"ethernet": DHCP})
    assert read(gateways, get, card).json["ethernet"]["tracking"] == TRACKING


def test_objects_of_other_protocols_are_ignored(gateways: TenantWithGateways) -> None:
    body = {"ethernet": {**DHCP, "staticAddress": {"ipv4Address": "nonsense"}, "pppoe": 7}}
    assert is_accepted(change(gateways, put, gateways.online, body))
    assert read(gateways, get, gateways.online).json == {"ethernet": {**DHCP, "tracking": TRACKING}}


def test_one_interface_must_stay_enabled(gateways: TenantWithGateways) -> None:
    card = gateways.online
    gateways.fleet.report_configuration(card, wan={"ethernet": DHCP, "wifi": {"enabled": False}})
    gateways.fleet.report(card, "status", {"network": {"wan": {"cellular": {"enabled": False}}}}, seq=2)
    with unchanged():
        assert invalid_fields(change(gateways, put, card, {"ethernet": {"enabled": False}})) == [""]
        assert invalid_fields(change(gateways, put, card, {"ethernet": {"enabled": False}, "cellular": {"enabled": False}})) == [""]
    assert is_accepted(change(gateways, put, card, {"ethernet": {"enabled": False}, "cellular": {"enabled": True}}))
    assert invalid_fields(change(gateways, put, card, {"cellular": {"enabled": False}})) == [""]


def test_one_of_which_nothing_is_known_counts_as_enabled(gateways: TenantWithGateways) -> None:
    card, off = gateways.online, {"enabled": False}
    assert is_accepted(change(gateways, put, card, {"ethernet": off}))
    assert is_accepted(change(gateways, put, card, {"wifi": off}))
    with unchanged():
        assert invalid_fields(change(gateways, put, card, {"cellular": off})) == [""]


def test_a_status_report_tells_of_what_nobody_has_configured(gateways: TenantWithGateways) -> None:
    card, off = gateways.online, {"enabled": False}
    gateways.fleet.report(card, "status", {"network": {"wan": {"ethernet": off, "cellular": off}}}, seq=2)
    assert invalid_fields(change(gateways, put, card, {"wifi": off})) == [""]
    gateways.fleet.report(card, "status", {"network": {"wan": {"ethernet": {"enabled": True}, "cellular": off}}}, seq=3)
    assert is_accepted(change(gateways, put, card, {"wifi": {"enabled": False}}))


def test_a_modem_must_be_there(gateways: TenantWithGateways) -> None:
    card = gateways.online
    reports: list[tuple[dict[str, Any], int]] = [({"has_modem": True}, 204), ({"has_modem": False}, 400), ({}, 204)]
    for reported, status in restored_after_each(reports):
        gateways.fleet.report(card, "hello", {"applied": 1, **reported}, seq=2)
        answer = change(gateways, put, card, {"cellular": {"enabled": True}})
        assert answer.status == status, reported
        assert status == 204 or invalid_fields(answer) == ["cellular.enabled"]
        assert is_accepted(change(gateways, put, card, {"ethernet": DHCP, "cellular": {"enabled": False}})), reported


def test_a_gateway_that_is_offline_gets_it_later(gateways: TenantWithGateways) -> None:
    """Nothing is sent now; `tests/workers/test_return.py` tests its return."""
    card = gateways.offline
    refusal_message(read(gateways, get, card), 500)
    assert is_accepted(change(gateways, put, card, WAN))
    assert read(gateways, get, card).json == WAN
    assert outbox_of(card.sn) == []


def test_a_gateway_that_is_not_configured_cannot_be_set(gateways: TenantWithGateways) -> None:
    with unchanged():
        refusal_message(change(gateways, put, gateways.provisioning, WAN), 500)
