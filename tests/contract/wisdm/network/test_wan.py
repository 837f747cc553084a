"""GET and POST /v4/gateway/{sn}/network/wan (contract, 8.0 and 8.3): what is kept, shown and sent."""

from __future__ import annotations

from typing import Any

from functions.wisdm.network.get_wan import handler as get
from functions.wisdm.network.set_wan import handler as put
from tests.contract.wisdm.network.settings import DHCP, TRACKING, change, offline, online, provisioning, read, sealed
from tests.contract.wisdm.tenant import Tenant, failing, refused, rows, sent_to
from tests.harness.canary import PIN

SAMPLE: dict[str, Any] = {"ethernet": {**DHCP, "tracking": TRACKING}, "wifi": {"enabled": False}, "cellular": {"enabled": False}}
"""The sample request of the API's page."""


def test_the_sample_of_the_page_is_read_as_it_was_set(tenant: Tenant) -> None:
    card = online(tenant)
    assert change(tenant, put, card, SAMPLE).status == 204
    assert read(tenant, get, card).json == SAMPLE
    (message,) = sent_to(card.sn)
    assert message["payload"] == {"version": 1, "section": "wan"}


def test_an_interface_that_is_given_is_replaced_and_the_others_stay(tenant: Tenant) -> None:
    card = online(tenant)
    tenant.fleet.configured(card, wan={"ethernet": DHCP, "cellular": {"enabled": True, "apn": "old.example", "username": "pier"}})
    assert change(tenant, put, card, {"cellular": {"enabled": True, "apn": "iot.example"}}).status == 204
    assert read(tenant, get, card).json == {"ethernet": DHCP, "cellular": {"enabled": True, "apn": "iot.example", "tracking": TRACKING}}
    assert change(tenant, put, card, {"wifi": {"enabled": False}}).status == 204
    assert set(read(tenant, get, card).json) == {"ethernet", "cellular", "wifi"}


def test_an_enabled_interface_has_a_tracking(tenant: Tenant) -> None:
    card = online(tenant)
    change(tenant, put, card, {"ethernet": {**DHCP, "tracking": {"trackTargets": ["a.example", "9.9.9.9"], "reliability": 2}}})
    tracking = read(tenant, get, card).json["ethernet"]["tracking"]
    assert tracking == {**TRACKING, "trackTargets": ["a.example", "9.9.9.9"], "reliability": 2}
    change(tenant, put, card, {"ethernet": DHCP})
    assert read(tenant, get, card).json["ethernet"]["tracking"] == TRACKING


def test_secrets_are_never_shown_nor_kept_in_clear(tenant: Tenant) -> None:
    card, secret = online(tenant), "blue-anchor-7"
    dialled = {"username": "pier", "password": secret, "useDNS": False, "dnsServers": ["9.9.9.9"]}
    body = {
        "ethernet": {"enabled": True, "protocol": "pppoe", "pppoe": dialled},
        "wifi": {**DHCP, "ssid": "quay", "encryption": "WPA2-PSK", "key": secret},
        "cellular": {"enabled": True, "username": "pier", "password": secret, "pinCode": PIN},
    }
    assert change(tenant, put, card, body).status == 204
    shown = read(tenant, get, card).json
    assert shown["ethernet"]["pppoe"] == {"username": "pier", "useDNS": False, "dnsServers": ["9.9.9.9"]}
    assert shown["wifi"] == {**DHCP, "ssid": "quay", "encryption": "WPA2-PSK", "tracking": TRACKING}
    assert shown["cellular"] == {"enabled": True, "username": "pier", "tracking": TRACKING}
    assert secret not in str(rows())
    assert PIN not in str([row for row in rows() if row["sk"]["S"] == "CONFIG"])


def test_reported_secrets_are_not_shown(tenant: Tenant) -> None:
    card = online(tenant)
    tenant.fleet.configured(card, wan={"cellular": {"enabled": True, "pinCode": sealed(card, "wan", PIN)}})
    assert read(tenant, get, card).json == {"cellular": {"enabled": True}}


def test_objects_of_other_protocols_are_ignored(tenant: Tenant) -> None:
    card = online(tenant)
    body = {"ethernet": {**DHCP, "staticAddress": {"ipv4Address": "nonsense"}, "pppoe": 7}}
    assert change(tenant, put, card, body).status == 204
    assert read(tenant, get, card).json == {"ethernet": {**DHCP, "tracking": TRACKING}}


def test_one_interface_must_stay_enabled(tenant: Tenant) -> None:
    card = online(tenant)
    tenant.fleet.configured(card, wan={"ethernet": DHCP, "wifi": {"enabled": False}})
    assert failing(change(tenant, put, card, {"ethernet": {"enabled": False}})) == [""]
    assert sent_to(card.sn) == []
    assert change(tenant, put, card, {"ethernet": {"enabled": False}, "cellular": {"enabled": True}}).status == 204
    assert failing(change(tenant, put, card, {"cellular": {"enabled": False}})) == [""]


def test_a_status_report_tells_of_what_nobody_has_configured(tenant: Tenant) -> None:
    card = online(tenant)
    assert failing(change(tenant, put, card, {"wifi": {"enabled": False}})) == [""]
    tenant.fleet.reports(card, "status", {"network": {"wan": {"ethernet": {"enabled": True}}}}, seq=2)
    assert change(tenant, put, card, {"wifi": {"enabled": False}}).status == 204


def test_a_modem_must_be_there(tenant: Tenant) -> None:
    for has_modem, status in ((True, 204), (False, 400), (None, 204)):
        card = online(tenant)
        told = {} if has_modem is None else {"hasModem": has_modem}
        tenant.fleet.reports(card, "hello", {"applied": 1, **told}, seq=2)
        answer = change(tenant, put, card, {"cellular": {"enabled": True}})
        assert answer.status == status
        assert status == 204 or failing(answer) == ["cellular.enabled"]
        assert change(tenant, put, card, {"ethernet": DHCP, "cellular": {"enabled": False}}).status == 204


def test_a_gateway_that_is_offline_gets_it_later(tenant: Tenant) -> None:
    card = offline(tenant)
    refused(read(tenant, get, card), 500)
    assert change(tenant, put, card, SAMPLE).status == 204
    assert read(tenant, get, card).json == SAMPLE
    assert len(sent_to(card.sn)) == 1


def test_a_gateway_that_is_not_configured_cannot_be_set(tenant: Tenant) -> None:
    card = provisioning(tenant)
    refused(change(tenant, put, card, SAMPLE), 500)
    assert sent_to(card.sn) == []
