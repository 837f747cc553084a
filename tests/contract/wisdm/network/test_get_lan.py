"""GET /v4/gateway/{sn}/network/lan (wisdm.md 8.0 and 8.2)."""

from __future__ import annotations

from functions.wisdm.network.get_lan import handler as get
from functions.wisdm.network.set_lan import handler as put
from tests.contract.wisdm.answers import is_accepted, refusal_message
from tests.contract.wisdm.network.settings import LAN, WIFI, change, encrypted, read, report_access_point
from tests.contract.wisdm.tenant import TenantWithGateways


def test_is_as_the_gateway_reported_it_key_included(gateways: TenantWithGateways) -> None:
    for card in (gateways.online, gateways.offline):
        gateways.fleet.report_configuration(
            card, lan={"ethernet": {"enabled": False}, "wifi": {**WIFI, "key": encrypted(card, "lan", "blue-anchor-7")}}
        )
        assert read(gateways, get, card).json == {"sn": card.sn, "ethernet": {"enabled": False}, "wifi": WIFI}


def test_the_key_of_an_open_network_is_left_out(gateways: TenantWithGateways) -> None:
    open_network = {name: value for name, value in WIFI.items() if name != "key"} | {"encryption": "NONE"}
    gateways.fleet.report_configuration(gateways.online, lan={"ethernet": {"enabled": True}, "wifi": open_network})
    assert read(gateways, get, gateways.online).json == {"sn": gateways.online.sn, "ethernet": {"enabled": True}, "wifi": open_network}


def test_the_sample_of_the_page(gateways: TenantWithGateways) -> None:
    card = gateways.online
    assert is_accepted(change(gateways, put, card, {"wifi": LAN}))
    assert read(gateways, get, card).json == {"sn": card.sn, "ethernet": {"enabled": False}, "wifi": LAN}


def test_before_the_first_report_it_is_as_in_the_status(gateways: TenantWithGateways) -> None:
    for card in (gateways.online, gateways.offline):
        report_access_point(gateways, card, "blue-anchor-7")
        assert read(gateways, get, card).json == {"sn": card.sn, "ethernet": {"enabled": True}, "wifi": WIFI}
    gateways.fleet.report_configuration(gateways.online, lan={"wifi": {"enabled": False}})
    assert read(gateways, get, gateways.online).json == {
        "sn": gateways.online.sn, "ethernet": {"enabled": True}, "wifi": {"enabled": False}
    }  # fmt: skip


def test_a_status_without_an_access_point_is_not_enough(gateways: TenantWithGateways) -> None:
    gateways.fleet.report(gateways.online, "status", {"network": {"lan": {"ethernet": {"enabled": True}}}}, seq=9)
    refusal_message(read(gateways, get, gateways.online), 500)


def test_nobody_has_said_it_yet(gateways: TenantWithGateways) -> None:
    for card in (gateways.online, *gateways.not_online):
        assert refusal_message(read(gateways, get, card), 500) == "The gateway has not reported these settings yet"
