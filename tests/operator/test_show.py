"""`muster gateway show`."""

from __future__ import annotations

from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.configuration import desire
from fleet.tenancy import encryption
from functions.wisdm.network.set_wan import handler as set_wan
from functions.workers.uplink.receive import handler as receive
from tests.harness.call import call
from tests.harness.canary import PIN
from tests.harness.fleet import Fleet
from tests.operator.console import Console
from tests.workers.messages import deliver, uplink_message

WAN: dict[str, Any] = {"cellular": {"enabled": True, "apn": "iot.example", "pinCode": PIN}}


def test_shows_what_is_desired_and_reported_without_secrets(muster: Console, fleet: Fleet) -> None:
    organization = fleet.organization()
    card = fleet.gateway(organization, fleet.location(organization))
    fleet.online(card)
    key = {"sealed": encryption.encrypt_at_rest(EVERYWHERE, organization.id, desire.bound_to(card.sn, "lan"), b"blue-anchor-7")}
    fleet.report_configuration(card, lan={"wifi": {"enabled": True, "key": key}})
    assert call(set_wan, {"sn": card.sn}, key=fleet.key(organization), body=WAN).status == 204
    shown = muster("gateway", "show", "--sn", card.sn.lower(), "--json").json
    assert (shown["sn"], shown["status"], shown["location"]) == (card.sn, "ONLINE", card.location)
    assert shown["sections"]["lan"] == {"reported": {"version": 0, "value": {"wifi": {"enabled": True, "key": "(secret)"}}}}
    assert shown["sections"]["wan"]["desired"]["version"] == 1
    assert shown["sections"]["wan"]["desired"]["value"]["cellular"]["pinCode"] == "(secret)"
    output = muster("gateway", "show", "--sn", card.sn).out
    assert "iot.example" in output
    assert PIN not in output
    assert "sealed" not in output
    assert fetch(EVERYWHERE, desire.configured(card.sn)).configuration.last == 1


def test_shows_what_a_gateway_could_not_apply(muster: Console, fleet: Fleet) -> None:
    """An error stays until the section is applied; of its text only how long it is. An unknown section counts as the location."""
    hardware, organization = fleet.hardware(), fleet.organization()
    card = fleet.gateway(organization, fleet.location(organization), hardware)
    errors = [{"section": "wan", "message": "no such modem"}, {"section": "radio", "message": "no such band"}]
    errors.append({"section": "syslog", "message": "no such server"})

    def sections(seq: int, **payload: Any) -> dict[str, Any]:
        assert deliver(receive, uplink_message(hardware, "config.reported", {"version": 1, **payload}, seq=seq)) == []
        found: dict[str, Any] = muster("gateway", "show", "--sn", card.sn, "--json").json["sections"]
        return {name: section["reported"].get("error") for name, section in found.items()}

    wan, radio, syslog = (f"(not stored: a text of {length} characters)" for length in (13, 12, 14))
    assert sections(1, errors=errors) == {"wan": wan, "location": radio, "syslog": syslog}
    assert syslog in muster("gateway", "show", "--sn", card.sn).out
    assert sections(2, wan={"cellular": {"enabled": True}}) == {"wan": None, "location": radio, "syslog": syslog}
    assert sections(3) == {"wan": None, "location": None, "syslog": syslog}


def test_says_that_a_gateway_is_blocked(muster: Console, fleet: Fleet) -> None:
    sn = fleet.gateway(fleet.organization()).sn
    for verb, blocked in (("block", True), ("unblock", False)):
        muster("gateway", verb, "--sn", sn)
        assert muster("gateway", "show", "--sn", sn, "--json").json["blocked"] is blocked
        assert (", blocked\n" in muster("gateway", "show", "--sn", sn).out) is blocked


def test_an_unknown_gateway(muster: Console, fleet: Fleet) -> None:
    assert "muster device list" in muster.refused("gateway", "show", "--sn", "UNKNOWN00001")


def test_a_gateway_without_an_owner(muster: Console, fleet: Fleet) -> None:
    sn = fleet.hardware().sn
    for noun in ("gateway", "device"):
        assert "of no organization yet" in muster.refused(noun, "show", "--sn", sn.lower())


def test_a_gateway_that_is_retired(muster: Console, fleet: Fleet) -> None:
    sn = fleet.gateway(fleet.organization()).sn
    muster("device", "retire", "--sn", sn)
    assert f"muster device restore --sn {sn}" in muster.refused("gateway", "show", "--sn", sn)
    assert muster("device", "restore", "--sn", sn).code == 0
    assert muster("gateway", "show", "--sn", sn).code == 0


def test_whose_a_gateway_is(muster: Console, fleet: Fleet) -> None:
    owner = fleet.organization()
    sn = fleet.gateway(owner).sn
    assert f"organization {owner.slug}, " in muster("gateway", "show", "--sn", sn).out
    muster("organization", "disable", "--organization", owner.slug)
    assert f"organization {owner.slug} (disabled), " in muster("gateway", "show", "--sn", sn).out
