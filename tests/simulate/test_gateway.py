"""A played gateway and its cloud, from hello to the last gasp."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from fleet.aws import clients
from fleet.ids import to_uuid
from functions.wisdm.command.get import handler as get_command
from functions.wisdm.command.send import handler as send_command
from functions.wisdm.gateway.get_status import handler as get_status
from functions.wisdm.location.create import handler as create_location
from muster.simulate.shell import Outcome
from muster.simulate.wire import Wire
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.simulate.queues import SN, Ether

NOW = datetime(2026, 1, 5, 10, 10, tzinfo=UTC)
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ether(fleet: Fleet) -> Ether:
    """A gateway in a location, switched on and configured."""
    ether = Ether(fleet)
    ether.register()
    ether.gateway.start()
    ether.up()
    ether.down()
    ether.up()
    return ether


def status(ether: Ether) -> Any:
    answer = call(get_status, {"sn": SN}, key=ether.key)
    assert answer.status == 200
    return answer.json


def run(ether: Ether, command: str, args: str = "", *pipes: tuple[str, str]) -> tuple[str, str]:
    """Send a command through the API, have it done, and read its state and result."""
    body = {"command": command, "args": args, "pipes": [{"command": name, "args": given} for name, given in pipes]}
    sent = call(send_command, {"sn": SN}, key=ether.key, body=body)
    assert sent.status == 200, sent.json
    assert ether.down() == 1
    ether.up()
    told = call(get_command, {"sn": SN, "commandId": str(sent.json["commandId"])}, key=ether.key).json
    return told["status"], told["result"]


def test_says_hello_and_applies_its_configuration(fleet: Fleet) -> None:
    ether = Ether(fleet)
    ether.register()
    ether.gateway.start()
    start = ["gateway.hello", "gateway.presence", "gateway.config.reported", "gateway.status", "gateway.perf"]
    assert [message["type"] for message in ether.up()] == start
    assert ether.seen.status(NOW) == "PROVISIONING"
    assert ether.down() >= 1
    assert {message["type"] for message in ether.up()} == {"gateway.config.reported", "gateway.status"}
    assert ether.seen.status(NOW) == "ONLINE"
    assert ether.gateway.configuration["server"]["url"] == "wss://lns.example"


def test_numbers_its_messages_within_a_start(ether: Ether) -> None:
    ether.gateway.report()
    ether.gateway.report()
    first, second = ether.up()
    ether.gateway.start()
    hello, *_ = ether.up()
    assert (first["bootId"], first["seq"] + 1) == (second["bootId"], second["seq"])
    assert hello["bootId"] != first["bootId"]
    assert hello["seq"] == 1
    assert len({first["messageId"], second["messageId"], hello["messageId"]}) == 3


def test_its_status_is_whole_and_drifts(ether: Ether) -> None:
    before = status(ether)
    assert before["network"]["wan"]["cellular"]["sim_present"] is True
    assert {"system", "gps", "network", "lora", "storage"} <= before.keys()
    ether.gateway.report()
    ether.up()
    after = status(ether)
    assert after["lora"]["rxPackets"] > before["lora"]["rxPackets"]


def test_its_wifi_key_travels_in_a_box(ether: Ether) -> None:
    ether.gateway.report()
    (message,) = ether.up()
    key = str(ether.gateway.world.wifi_key)
    assert key not in json.dumps(message)
    assert status(ether)["network"]["lan"]["wifi"]["key"] == key


def test_gets_the_credentials_out_of_their_box(fleet: Fleet) -> None:
    ether = Ether(fleet)
    mode = "TLS Server Authentication and Client Token Authentication"
    station = {
        "serverType": "LNS",
        "serverURL": "wss://lns.example",
        "serverPort": 443,
        "authenticationMode": mode,
        "trustCACertificate": PEM,
    }
    body = {
        "name": "Harbour East",
        "workMode": "Basics station",
        "basicStation": station | {"token": "harbour-token"},
        "advancedFrequencySettings": {"region": "EU868"},
    }
    organization = {"organizationId": to_uuid(ether.organization.id)}
    made = call(create_location, organization, key=ether.key, body=body)
    assert made.status == 201
    ether.location = ether.location.changed(id=made.json["locationId"])
    ether.register()
    ether.gateway.start()
    ether.up()
    ether.down()
    ether.up()
    assert ether.gateway.configuration["credentials"]["token"] == "harbour-token"
    assert "harbour-token" not in " ".join(ether.told)
    assert ether.seen.status(NOW) == "ONLINE"


def test_credentials_for_another_are_not_applied(ether: Ether) -> None:
    ether.order("location.config", {"version": 2, "server": {"credentials": {"box": "AAAA"}}})
    assert ether.listen() == 1
    (message,) = ether.sent()
    assert message["payload"]["version"] == ether.gateway.applied == 2
    assert message["payload"]["errors"][0]["section"] == "server"


def test_an_older_configuration_changes_nothing(ether: Ether) -> None:
    ether.order("location.config", {"version": 0, "server": {"url": "ws://old.example"}})
    ether.listen()
    (message,) = ether.sent()
    assert message["payload"] == {"version": 2, "errors": []}
    assert ether.gateway.configuration["server"]["url"] == "wss://lns.example"


def test_carries_out_a_command(ether: Ether) -> None:
    state, result = run(ether, "netstat", "-apn", ("grep", "LISTEN"))
    assert state == "SUCCESS"
    assert result.count("\n") == 4
    assert all("LISTEN" in line for line in result.splitlines())


def test_finding_nothing_is_no_failure(ether: Ether) -> None:
    assert run(ether, "netstat", "-apn", ("grep", "nosuchthing")) == ("SUCCESS", "")


def test_refuses_what_its_own_list_lacks(ether: Ether) -> None:
    forged: list[Any] = [
        [["rm", "-rf", "/"]],
        [["ping", "-f", "a.example"]],
        [["grep", "root"]],
        [["uptime"], ["uptime"]],
        [["uptime", "x;y"]],
        [],
        None,
        "uptime",
        [[]],
        [[7]],
        [["uptime"], "wc"],
        [["ping", "a.example"]],
    ]
    for number, stages in enumerate(forged, 1):
        ether.order("command.exec", {"commandId": number, "stages": stages, "timeoutS": 5}, id=f"11111111-2222-4333-8444-{number:012d}")
    assert ether.listen() == len(forged)
    assert all("REFUSED" in line for line in ether.told[-len(forged) :])


def test_refuses_a_timeout_beyond_the_limits(ether: Ether) -> None:
    for number, timeout in enumerate((0, 301, "5", None, True), 1):
        ether.order(
            "command.exec", {"commandId": number, "stages": [["uptime"]], "timeoutS": timeout}, id=f"11111111-2222-4333-8444-{number:012d}"
        )
    assert ether.listen() == 5
    assert {message["payload"]["outcome"] for message in ether.sent()} == {"REFUSED"}


@pytest.mark.parametrize("deadline", ["2026-01-05T10:09:59Z", NOW.timestamp() - 1, "soon", [1]])
def test_ignores_what_is_past_its_deadline(ether: Ether, deadline: Any) -> None:
    ether.order("command.exec", {"commandId": 1, "stages": [["uptime"]], "timeoutS": 5, "deadline": deadline})
    assert ether.listen() == 1
    assert ether.sent() == []


def test_repeats_its_answer_without_doing_it_again(fleet: Fleet) -> None:
    done = []

    def shell(stages: Any, timeout: float, stop: Any) -> Outcome:
        done.append(stages)
        return Outcome("EXITED", (0,), f"run {len(done)}")

    ether = Ether(fleet, shell)
    ether.gateway.start()
    ether.up()
    for attempt in ("first", "second"):
        ether.order("command.exec", {"commandId": 1, "stages": [["uptime"]], "timeoutS": 5}, dedup=attempt)
    assert ether.listen() == 2
    first, second = ether.sent()
    assert len(done) == 1
    assert first["payload"] == second["payload"]
    assert first["messageId"] != second["messageId"]


@pytest.mark.parametrize("payload", [{"v": 2}, {"sn": "918100A1B2C3D4E502"}, {"payload": []}, {"type": "action.selfdestruct"}])
def test_drops_what_is_not_for_it(ether: Ether, payload: dict[str, Any]) -> None:
    body = {"v": 1, "type": "command.exec", "sn": SN, "messageId": "m", "payload": {}, **payload}
    for text in (json.dumps(body), "no json"):
        clients.sqs().send_message(
            QueueUrl=ether.identity.queue_url, MessageBody=text, MessageGroupId=SN, MessageDeduplicationId=text[:9].encode().hex()
        )
    ether.listen()
    assert ether.sent() == []
    assert ether.listen() == 0


def test_uploads_its_log_where_it_was_granted(ether: Ether) -> None:
    ether.gateway.ask_for_upload()
    (request,) = ether.up()
    assert ether.down() == 1
    assert [message["type"] for message in ether.up()] == ["gateway.syslog.done"]
    url, key, content, sha256 = ether.wire.stored
    assert key == f"logs/{SN}/2026-01-05/{request['payload']['name']}"
    assert hashlib.sha256(content).digest() == sha256
    assert request["payload"]["sizeBytes"] == len(content)
    assert gzip.decompress(content).count(b"\n") == 400
    assert "content-length;host;x-amz-checksum-sha256" in parse_qs(urlsplit(url).query)["X-Amz-SignedHeaders"]


def test_two_logs_of_one_second_have_two_names(ether: Ether) -> None:
    ether.gateway.ask_for_upload()
    ether.gateway.ask_for_upload()
    names = [request["payload"]["name"] for request in ether.up()]
    assert len(names) == len(set(names)) == 2
    assert ether.down() == 2
    assert [message["type"] for message in ether.up()] == ["gateway.syslog.done"] * 2


def test_a_grant_that_it_did_not_ask_for_is_ignored(ether: Ether) -> None:
    ether.order("syslog.grant", {"url": "file:///etc/passwd", "key": "logs/x", "expiresAt": "2026-01-05T10:15:00Z"})
    ether.listen()
    assert ether.sent() == []


def test_a_grant_that_has_run_out_is_ignored(ether: Ether, clock: Any) -> None:
    ether.gateway.ask_for_upload()
    ether.up()
    clock.move_to(NOW + timedelta(minutes=6))
    assert ether.down() <= 1
    assert not hasattr(ether.wire, "stored")


def test_a_url_that_is_no_stores_is_refused(ether: Ether) -> None:
    with pytest.raises(ValueError, match="store"):
        Wire.put(ether.wire, "file:///etc/passwd", b"", b"")


def test_its_last_gasp_and_its_goodbye(ether: Ether, clock: Any) -> None:
    ether.gateway.gasp()
    ether.up()
    assert (ether.seen.status(NOW), ether.seen.last_gasp) == ("OFFLINE", "2026-01-05T10:10:00Z")
    ether.gateway.gasp()
    ether.gateway.leave("twice")
    assert ether.up() == []
    clock.shift(1)
    ether.gateway.start()
    ether.up()
    assert ether.seen.status(NOW) == "ONLINE"
    ether.gateway.leave("as asked")
    (message,) = ether.up()
    assert message["payload"] == {"connected": False, "reason": "as asked"}


def test_an_output_that_is_too_large_is_cut(fleet: Fleet) -> None:
    ether = Ether(fleet, lambda stages, timeout, stop: Outcome("EXITED", (0,), "\x01" * 65536))
    ether.gateway.start()
    ether.up()
    ether.order("command.exec", {"commandId": 1, "stages": [["uptime"]], "timeoutS": 5})
    ether.listen()
    (message,) = ether.up()
    assert message["payload"]["truncated"] is True
    assert len(json.dumps(message)) <= 131072
