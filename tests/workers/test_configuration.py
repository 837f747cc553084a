"""Configuration reports, and desired configuration: sent once, and again after a reconnect."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import device_crypto, table
from fleet.aws.reads import fetch
from fleet.configuration import desire as configuration_desire
from fleet.configuration import register
from fleet.lifecycle import claim
from fleet.outbox.messages import PREFIX
from fleet.registry.gateways import Gateways
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.uplink.receive import handler as receive
from tests.harness.fleet import Fleet, Hardware
from tests.workers.configuration import card, configuration, monitored, now, online_gateway, report_configuration
from tests.workers.messages import NEXT_BOOT, NOW, dead_letters, deliver, deliver_rows, downlink_messages, hello, outbox, uplink_message
from tests.workers.prepared import prepared_gateway

pytestmark = pytest.mark.usefixtures("clock")
WAN = {"ethernet": {"enabled": True, "protocol": "dhcp", "dhcpClient": {"useDNS": True}}}
WIFI = {"enabled": True, "ssid": "pier-ap", "encryption": "WPA2-PSK", "key": "blue-anchor-7", "channel": "Auto", "hidden": False}


@pytest.fixture
def hardware(cloud: dict[str, str]) -> Hardware:
    """A gateway in a location, online since its hello message."""
    return prepared_gateway(online_gateway)


def desire(hardware: Hardware, lan: dict[str, Any] = WIFI) -> None:
    configuration_desire.set_lan(EVERYWHERE, monitored(hardware), lan, "tests", now())


def desired_messages(hardware: Hardware) -> list[dict[str, Any]]:
    """The payloads of the messages in the outbox."""
    return [json.loads(row["body"]["S"])["payload"] for row in outbox(hardware)]


class TestSection:
    """Each section is sent with its version and stored separately."""

    def test_leaves_with_its_secrets_boxed(self, hardware: Hardware) -> None:
        desire(hardware)
        assert desired_messages(hardware) == [{"version": 1, "section": "lan"}]
        assert deliver_rows(dispatch, outbox(hardware)) == []
        (message,) = downlink_messages(hardware)
        assert "blue-anchor-7" not in json.dumps(message)
        value = message["payload"].pop("value")
        assert (message["type"], message["payload"]) == ("config.desired", {"version": 1, "section": "lan"})
        assert device_crypto.decrypt(hardware.sealing, f"{hardware.sn}:config.lan", value["wifi"].pop("key")["box"]) == b"blue-anchor-7"
        assert value == {"wifi": {name: part for name, part in WIFI.items() if name != "key"}}

    def test_is_nowhere_in_clear(self, hardware: Hardware) -> None:
        desire(hardware)
        assert "blue-anchor-7" not in str(
            [list(table.query(EVERYWHERE, None, "Row", "pk = :pk", {"pk": pk})) for pk in (f"SN#{hardware.sn}", f"{PREFIX}{hardware.sn}")]
        )

    def test_is_not_sent_when_a_newer_one_follows(self, hardware: Hardware) -> None:
        desire(hardware)
        (first,) = outbox(hardware)
        desire(hardware, {**WIFI, "ssid": "quay"})
        assert deliver_rows(dispatch, [first]) == []
        assert downlink_messages(hardware) == []

    def test_versions_rise_over_all_sections(self, hardware: Hardware) -> None:
        desire(hardware)
        configuration_desire.set_priority(EVERYWHERE, monitored(hardware), "WIFI_ETH_CELLULAR", "tests", NOW)
        configuration_desire.set_wan(EVERYWHERE, monitored(hardware), WAN, "tests", NOW)
        assert sorted((row["version"], row["section"]) for row in desired_messages(hardware)) == [(1, "lan"), (2, "priority"), (3, "wan")]

    def test_is_kept_as_it_was_reported(self, hardware: Hardware) -> None:
        boxed = device_crypto.encrypt_for_device(device_crypto.cloud_public_key(), f"{hardware.sn}:config.lan", b"blue-anchor-8")
        report_configuration(
            hardware, 2, 1, priority="WIFI_ETH_CELLULAR", wan=WAN, lan={"wifi": {**WIFI, "key": {"box": boxed}}}, batteryMonitoring=True
        )
        reported = configuration(hardware)
        assert reported.section("priority").value == "WIFI_ETH_CELLULAR"
        assert (reported.merged("wan"), reported.monitored) == (WAN, True)
        opened = configuration_desire.reveal(EVERYWHERE, card(hardware), "lan", reported.merged("lan"))
        assert opened == {"wifi": {**WIFI, "key": "blue-anchor-8"}}

    def test_a_secret_in_clear_is_not_kept(self, hardware: Hardware) -> None:
        report_configuration(hardware, 2, 1, lan={"wifi": WIFI})
        assert configuration(hardware).merged("lan") == {"wifi": {name: value for name, value in WIFI.items() if name != "key"}}

    @pytest.mark.parametrize("way", ["ethernet", "wifi", "cellular"])
    def test_no_secret_of_a_way_out_is_kept_in_clear(self, hardware: Hardware, way: str) -> None:
        """Not even a secret in a member that does not exist."""
        secret = "blue-anchor-7"
        dialled = {"pppoe": {"username": "pier", "password": secret}}
        report_configuration(hardware, 2, 1, wan={way: {"enabled": True, "key": secret, "password": secret, "pinCode": secret, **dialled}})
        assert set((configuration(hardware).merged("wan") or {})[way]) <= {"enabled", "pppoe"}
        assert secret not in str(configuration(hardware))

    def test_a_box_that_does_not_open_is_refused(self, hardware: Hardware) -> None:
        report_configuration(hardware, 2, 1, lan={"wifi": {"key": {"box": "AAAA"}}})
        assert [message["reason"] for message in dead_letters()] == ["malformed"]
        assert configuration(hardware).version == 0

    def test_the_newest_report_counts(self, hardware: Hardware) -> None:
        report_configuration(hardware, 9, 0, priority="WIFI_ETH_CELLULAR")
        report_configuration(hardware, 8, 0, priority="ETH_WIFI_CELLULAR", syslog={"shareLogs": "wisdm"})
        assert configuration(hardware).section("priority").value == "WIFI_ETH_CELLULAR"
        assert configuration(hardware).shares_logs

    def test_an_error_is_kept_until_it_is_applied(self, hardware: Hardware) -> None:
        desire(hardware)
        report_configuration(hardware, 2, 1, errors=[{"section": "lan", "message": "no such channel"}])
        assert configuration(hardware).section("lan").reported is not None
        assert configuration(hardware).section("lan").pending == 1
        assert getattr(configuration(hardware).section("lan").reported, "error", None) == "(not stored: a text of 15 characters)"
        report_configuration(hardware, 3, 1, lan={"wifi": {"enabled": True}})
        assert configuration(hardware).section("lan").pending is None

    def test_does_not_speak_for_an_unapplied_location(self, fleet: Fleet) -> None:
        hardware, organization = fleet.hardware(), fleet.organization()
        fleet.gateway(organization, fleet.location(organization), hardware, config_version=3)
        report_configuration(hardware, 1, 3)
        assert fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).status(NOW) == "ONLINE"
        report_configuration(hardware, 2, 2, priority="WIFI_ETH_CELLULAR")
        assert fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).status(NOW) == "ONLINE"

    def test_must_be_well_formed(self, hardware: Hardware) -> None:
        broken: list[dict[str, Any]] = [
            {"priority": "ETH"},
            {"lan": []},
            {"lan": {"wifi": {"enabled": 1}}},
            {"wan": {"ethernet": {}}},
            {"syslog": {}},
            {"syslog": {"shareLogs": "all"}},
            {"syslog": {"shareLogs": "wisdm", "wisdmLogsRotationCycle": 0}},
            {"batteryMonitoring": "yes"},
        ]
        for payload in broken:
            report_configuration(hardware, 2, 1, **payload)
            assert [message["reason"] for message in dead_letters()] == ["malformed"], payload
        assert configuration(hardware).version == 0


class TestReturn:
    """After a reconnect, a gateway receives the sections that it has not applied."""

    def test_each_section_once_for_a_start(self, hardware: Hardware, clock: time_machine.Traveller) -> None:
        desire(hardware)
        configuration_desire.set_priority(EVERYWHERE, monitored(hardware), "WIFI_ETH_CELLULAR", "tests", NOW)
        clock.shift(timedelta(minutes=1))
        message = uplink_message(hardware, "hello", hello(hardware), boot=NEXT_BOOT, received=now())
        for _ in range(3):
            deliver(receive, message)
        deliver(receive, uplink_message(hardware, "presence", {"connected": True}, boot=NEXT_BOOT, seq=2, received=now()))
        assert sorted((row["version"], row["section"]) for row in desired_messages(hardware)) == [
            (1, "lan"),
            (1, "lan"),
            (2, "priority"),
            (2, "priority"),
        ]

    def test_nothing_that_it_runs_on(self, hardware: Hardware, clock: time_machine.Traveller) -> None:
        desire(hardware)
        report_configuration(hardware, 2, 1, lan={"wifi": {"enabled": True}})
        clock.shift(timedelta(minutes=1))
        deliver(receive, uplink_message(hardware, "hello", hello(hardware, applied=1), boot=NEXT_BOOT, received=now()))
        assert len(outbox(hardware)) == 1

    def test_what_was_reported_but_is_lost_at_the_start(self, hardware: Hardware, clock: time_machine.Traveller) -> None:
        desire(hardware)
        configuration_desire.set_priority(EVERYWHERE, monitored(hardware), "WIFI_ETH_CELLULAR", "tests", NOW)
        report_configuration(hardware, 2, 2, lan={"wifi": {"enabled": True}}, priority="WIFI_ETH_CELLULAR")
        clock.shift(timedelta(minutes=1))
        deliver(receive, uplink_message(hardware, "hello", hello(hardware, applied=1), boot=NEXT_BOOT, received=now()))
        assert sorted((row["version"], row["section"]) for row in desired_messages(hardware)) == [
            (1, "lan"),
            (2, "priority"),
            (2, "priority"),
        ]

    def test_on_its_return_what_was_set_while_it_was_away(self, hardware: Hardware, clock: time_machine.Traveller) -> None:
        deliver(receive, uplink_message(hardware, "presence", {"connected": False}, seq=2, received=now()))
        clock.shift(timedelta(minutes=1))
        configuration_desire.set_wan(EVERYWHERE, monitored(hardware), WAN, "tests", now())
        clock.shift(timedelta(minutes=6))
        deliver(receive, uplink_message(hardware, "presence", {"connected": True}, seq=3, received=now()))
        assert desired_messages(hardware) == [{"version": 1, "section": "wan"}]

    def test_not_again_while_the_message_still_waits(self, hardware: Hardware, clock: time_machine.Traveller) -> None:
        configuration_desire.set_wan(EVERYWHERE, monitored(hardware), WAN, "tests", now())
        clock.shift(timedelta(minutes=1))
        deliver(receive, uplink_message(hardware, "presence", {"connected": False}, seq=2, received=now()))
        clock.shift(timedelta(minutes=3))
        deliver(receive, uplink_message(hardware, "presence", {"connected": True}, seq=3, received=now()))
        assert len(outbox(hardware)) == 1

    def test_at_its_first_status_after_a_silence(self, hardware: Hardware, clock: time_machine.Traveller) -> None:
        clock.shift(timedelta(minutes=20))
        configuration_desire.set_wan(EVERYWHERE, monitored(hardware), WAN, "tests", now())
        clock.shift(timedelta(minutes=20))
        deliver(receive, uplink_message(hardware, "status", {"system": {"cpu": 1}}, seq=2, received=now()))
        assert desired_messages(hardware) == [{"version": 1, "section": "wan"}] * 2

    def test_a_message_of_an_earlier_start_changes_nothing(self, hardware: Hardware, clock: time_machine.Traveller) -> None:
        desire(hardware)
        late = uplink_message(hardware, "presence", {"connected": True}, seq=7, received=now())
        clock.shift(timedelta(minutes=1))
        deliver(receive, uplink_message(hardware, "hello", hello(hardware), boot=NEXT_BOOT, received=now()))
        before = len(outbox(hardware))
        deliver(receive, late)
        assert len(outbox(hardware)) == before == 2

    def test_a_new_location_is_told_above_every_section(self, fleet: Fleet) -> None:
        organization = fleet.organization()
        hardware, location = fleet.hardware(), fleet.location(organization)
        fleet.gateway(organization, None, hardware)
        configuration_desire.set_wan(EVERYWHERE, monitored(hardware), WAN, "tests", NOW)
        wanted = register.Registration(hardware.sn, hardware.factory.eui, None, False, lambda names: {})
        online_gateway = claim.claim(EVERYWHERE, wanted, fetch(EVERYWHERE, register.candidate(location.id, hardware.sn)), NOW)
        assert (online_gateway.config_version, configuration(hardware).last) == (2, 2)
