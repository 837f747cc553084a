"""What a gateway is sent when it is back: settings, upgrades and commands that its queue never had, or has forgotten.

Everything goes through the entry points: routes, uplink messages, and the downlink worker, which gets each row of the outbox once.
"""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from edge.entry import Entry
from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.configuration.image import Firmware
from fleet.configuration.images import Firmwares
from fleet.lifecycle.relocate import relocate
from fleet.registry.gateways import Gateways
from functions.wisdm.action.upgrade import handler as upgrade
from functions.wisdm.battery.set_monitoring import handler as set_monitoring
from functions.wisdm.command.get import handler as get_command
from functions.wisdm.command.send import handler as send_command
from functions.wisdm.gateway.register import handler as register
from functions.wisdm.logs.set import handler as set_syslog
from functions.wisdm.network.set_wan import handler as set_wan
from functions.workers.uplink.receive import handler as receive
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.harness.recorder import Recorder
from tests.suite.settings import MODEL
from tests.workers.configuration import now
from tests.workers.messages import deliver
from tests.workers.story import Story
from tests.workers.test_uplink_results import command_result

CPU = {"system": {"cpu": 1}}
WRONG, RIGHT = ({"cellular": {"enabled": True, "apn": f"{which}.apn"}} for which in ("wrong", "right"))
SETTINGS: list[tuple[Entry, str, Any, Any]] = [
    (set_wan, "wan", WRONG, RIGHT),
    (set_syslog, "syslog", {"shareLogs": "none"}, {"shareLogs": "wisdm"}),
    (set_monitoring, "batteryMonitoring", {"enabled": False}, {"enabled": True}),
]
STATUS_REQUESTS = ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:UpdateItem"]


@pytest.fixture
def story(fleet: Fleet, clock: time_machine.Traveller) -> Story:
    """A gateway with a modem and a battery, in a location, online since its hello."""
    hardware, organization = fleet.hardware(model=MODEL), fleet.organization()
    fleet.gateway(organization, fleet.location(organization), hardware)
    for version in ("2.2.13", "2.2.21"):
        Firmwares.add(EVERYWHERE, Firmware(model=MODEL, version=version, key=f"firmware/{version}", size=1, sha256="0" * 64, added=now()))
    story = Story(fleet, hardware, fleet.key(organization), clock)
    story.starts()
    assert story.gets() == []
    story.later(minutes=1)
    return story


class TestAway:
    """While a gateway is away nothing is queued; on its return the newest version of each section goes once."""

    @pytest.mark.parametrize(("route", "section", "wrong", "right"), SETTINGS, ids=[section for _, section, *_ in SETTINGS])
    @pytest.mark.parametrize("silent", [False, True], ids=["left", "silent"])
    def test_the_newest_of_two_settings_once(self, story: Story, route: Entry, section: str, wrong: Any, right: Any, silent: bool) -> None:
        if silent:
            story.later(minutes=26)
        else:
            story.leaves()
        for setting in (wrong, right):
            story.later(minutes=1)
            story.asks(route, setting)
            assert story.gets() == []
        story.later(minutes=1)
        story.starts()
        assert [(message["section"], message["version"]) for message in story.gets()] == [(section, 2)]
        story.later(minutes=1)
        story.says("status", CPU)
        assert story.gets() == []

    @pytest.mark.parametrize("sign", [("presence", {"connected": True}), ("status", CPU)], ids=["presence", "status"])
    def test_all_sections_by_whatever_shows_that_it_is_back(self, story: Story, sign: tuple[str, dict[str, Any]]) -> None:
        story.later(minutes=26)
        for route, _, _, setting in SETTINGS:
            story.asks(route, setting)
        for expected in (["batteryMonitoring", "syslog", "wan"], []):
            story.later(minutes=1)
            story.says(*sign)
            assert sorted(message["section"] for message in story.gets()) == expected

    def test_the_configuration_of_the_location_that_it_was_moved_to(self, story: Story) -> None:
        story.leaves()
        organization = fetch(EVERYWHERE, Gateways.by_sn(story.hardware.sn)).card.organization
        for _ in range(2):
            location = story.fleet.location(story.fleet.organization().changed(id=organization))
            relocate(EVERYWHERE, story.hardware.sn, location.id, now())
            assert story.gets() == []
        story.later(minutes=1)
        story.starts()
        assert [message["version"] for message in story.gets()] == [3]

    def test_the_configuration_of_its_first_location_waits_for_its_first_start(self, fleet: Fleet, clock: time_machine.Traveller) -> None:
        """Of a gateway that was just claimed nothing is known, so it is sent at once; the queue keeps it for a start within minutes."""
        hardware, organization = fleet.hardware(), fleet.organization()
        story = Story(fleet, hardware, fleet.key(organization), clock)
        body = {"sn": hardware.sn, "eui": hardware.factory.eui}
        location = fleet.location(organization)
        assert call(register, {"locationId": location.id}, body=body, key=story.key).status == 201
        story.later(minutes=4)
        story.starts(applied=0)
        assert [message["version"] for message in story.gets()] == [1]
        story.later(minutes=2)
        story.says("status", CPU)
        assert [message["version"] for message in story.gets()] == [1]

    def test_an_upgrade_once(self, story: Story) -> None:
        story.leaves()
        for version in ("2.2.21", "2.2.13"):
            story.asks(upgrade, {"version": version})
        assert story.gets() == []
        story.later(hours=1)
        story.starts()
        story.later(seconds=299)
        story.says("status", CPU)
        assert [message["version"] for message in story.gets()] == ["2.2.13"]


class TestForgotten:
    """What a gateway has not applied is sent again whenever it shows up after its queue must have forgotten it."""

    @pytest.mark.parametrize(("route", "section", "wrong", "right"), SETTINGS, ids=[section for _, section, *_ in SETTINGS])
    def test_though_it_said_something_since(self, story: Story, route: Entry, section: str, wrong: Any, right: Any) -> None:
        story.asks(route, right)
        story.queue_forgets()
        story.later(minutes=1)
        story.says("status", CPU)
        assert story.gets() == []
        story.later(minutes=40)
        story.says("presence", {"connected": True})
        assert [(message["section"], message["version"]) for message in story.gets()] == [(section, 1)]

    @pytest.mark.parametrize("minutes", [6, 15, 24])
    def test_after_a_link_was_lost_silently(self, story: Story, minutes: int) -> None:
        story.asks(set_wan, RIGHT)
        story.asks(upgrade, {"version": "2.2.13"})
        story.queue_forgets()
        story.later(minutes=minutes)
        story.says("status", CPU)
        assert sorted(str(message["version"]) for message in story.gets()) == ["1", "2.2.13"]

    def test_until_it_runs_on_it(self, story: Story) -> None:
        story.asks(set_wan, RIGHT)
        for _ in range(4):
            story.queue_forgets()
            story.later(minutes=6)
            story.says("presence", {"connected": True})
            assert [message["version"] for message in story.gets()] == [1]
        story.says("config.reported", {"version": 1, "wan": RIGHT})
        story.later(minutes=6)
        story.starts()
        assert story.gets() == []

    def test_not_after_it_said_that_it_cannot_until_it_reconnects(self, story: Story) -> None:
        story.asks(set_wan, RIGHT)
        story.queue_forgets()
        cannot = {"version": 1, "errors": [{"section": "wan", "message": "no modem"}]}
        story.says("config.reported", cannot)
        for _ in range(7):
            story.later(minutes=20)
            story.says("status", CPU)
            assert story.gets() == []
        for _ in range(2):
            story.leaves()
            story.later(hours=2)
            story.says("presence", {"connected": True})
            assert [message["version"] for message in story.gets()] == [1]
            story.says("config.reported", cannot)
            story.later(minutes=20)
            story.says("status", CPU)
            assert story.gets() == []
        story.starts()
        assert [message["version"] for message in story.gets()] == [1]

    def test_what_is_sent_once_more_and_gets_no_answer_counts_as_not_applied(self, story: Story) -> None:
        story.asks(set_wan, RIGHT)
        story.queue_forgets()
        story.says("config.reported", {"version": 1, "errors": [{"section": "wan", "message": "no modem"}]})
        story.later(minutes=26)
        for _ in range(2):
            story.says("status", CPU)
            assert [message["version"] for message in story.gets()] == [1]
            story.later(minutes=21)

    def test_what_it_lost_at_a_start(self, story: Story) -> None:
        """It ran on version 1, has started without it, and the queue forgets what it is sent then."""
        story.asks(set_wan, RIGHT)
        story.queue_forgets()
        story.says("config.reported", {"version": 1, "wan": RIGHT})
        story.later(minutes=11)
        story.starts(applied=0)
        assert sorted(message.get("section", "location") for message in story.gets()) == ["location", "wan"]
        story.later(minutes=11)
        story.says("status", CPU)
        assert sorted(message.get("section", "location") for message in story.gets()) == ["location", "wan"]

    @pytest.mark.slow
    def test_seldom_to_a_gateway_that_merely_reports(self, story: Story) -> None:
        """A gateway that fails silently and reports each minute for six hours: at 5, 15, 35 and 75 minutes, and each hour after that."""
        story.asks(set_wan, RIGHT)
        story.asks(upgrade, {"version": "2.2.13"})
        story.queue_forgets()
        sent = []
        for minute in range(1, 361):
            story.later(minutes=1)
            story.says("status", CPU)
            sent += [(minute, str(message["version"])) for message in story.gets()]
        assert [minute for minute, version in sent if version == "1"] == [6, 17, 38, 79, 140, 201, 262, 323]
        assert [minute for minute, version in sent if version == "2.2.13"] == [6, 17, 38, 79, 140, 201, 262, 323]

    def test_nothing_by_a_report_from_before_it_left(self, story: Story) -> None:
        late = story.message("status", CPU)
        story.leaves()
        story.asks(set_wan, RIGHT)
        story.asks(upgrade, {"version": "2.2.13"})
        assert deliver(receive, late) == []
        assert story.gets() == []

    def test_a_status_costs_no_more_while_something_waits(self, story: Story, aws_requests: Recorder) -> None:
        for route, _, _, setting in SETTINGS:
            story.asks(route, setting)
        story.asks(upgrade, {"version": "2.2.13"})
        story.asks(send_command, {"command": "uptime", "timeout": 300})
        story.later(minutes=2)
        aws_requests.clear()
        story.says("status", CPU)
        assert aws_requests.requests == STATUS_REQUESTS


class TestCommands:
    """A command that outlasts the queue is sent again to a gateway that is back while it is within its time."""

    def ask(self, story: Story, timeout: int) -> int:
        id = int(story.asks(send_command, {"command": "uptime", "timeout": timeout})["commandId"])
        assert [message["commandId"] for message in story.queue_forgets()] == [id]
        return id

    @pytest.mark.parametrize("sign", [("presence", {"connected": True}), ("status", CPU)], ids=["presence", "status"])
    @pytest.mark.parametrize("left", [False, True])
    def test_within_its_time(self, story: Story, sign: tuple[str, dict[str, Any]], left: bool) -> None:
        if left:
            story.leaves()
        id = self.ask(story, 300)
        story.later(seconds=320)
        for expected in ([id], []):
            story.says(*sign)
            assert [message["commandId"] for message in story.gets()] == expected
        story.says("command.result", command_result(id, [0], "up 3 days"))
        assert call(get_command, {"sn": story.hardware.sn, "commandId": str(id)}, key=story.key).json["result"] == "up 3 days"

    @pytest.mark.parametrize(("timeout", "seconds"), [(300, 299), (300, 361), (200, 265)])
    def test_not_before_the_queue_forgets_it_nor_after_its_time(self, story: Story, timeout: int, seconds: int) -> None:
        self.ask(story, timeout)
        story.later(seconds=seconds)
        story.starts()
        assert story.gets() == []

    def test_not_when_it_has_ended(self, story: Story) -> None:
        id = self.ask(story, 300)
        story.says("command.result", command_result(id, [0]))
        story.later(seconds=320)
        story.starts()
        assert story.gets() == []
