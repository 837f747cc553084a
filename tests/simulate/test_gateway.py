"""A simulated gateway and the cloud, from hello to last gasp."""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

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
from tests.simulate.queues import FIRST, SN, Queues
from tests.workers.messages import NOW

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def queues(fleet: Fleet) -> Queues:
    """A booted and configured gateway in a location."""
    queues = Queues(fleet)
    queues.register()
    queues.gateway.start()
    queues.accept_uplink()
    queues.deliver_downlink()
    queues.accept_uplink()
    return queues


def status(queues: Queues) -> Any:
    answer = call(get_status, {"sn": SN}, key=queues.key)
    assert answer.status == 200
    return answer.json


def run_command(queues: Queues, command: str, args: str = "", *pipes: tuple[str, str]) -> tuple[str, str]:
    """Send a command through the API, let the gateway carry it out, and read its state and result."""
    body = {"command": command, "args": args, "pipes": [{"command": name, "args": given} for name, given in pipes]}
    sent = call(send_command, {"sn": SN}, key=queues.key, body=body)
    assert sent.status == 200, sent.json
    assert queues.deliver_downlink() == 1
    queues.accept_uplink()
    answer = call(get_command, {"sn": SN, "commandId": str(sent.json["commandId"])}, key=queues.key).json
    return answer["status"], answer["result"]


def test_says_hello_and_applies_its_configuration(fleet: Fleet) -> None:
    queues = Queues(fleet)
    queues.register()
    queues.gateway.start()
    start = ["gateway.hello", "gateway.presence", "gateway.config.reported", "gateway.status", "gateway.perf"]
    assert [message["type"] for message in queues.accept_uplink()] == start
    assert queues.gateway_record.status(NOW) == "PROVISIONING"
    assert queues.deliver_downlink() >= 1
    assert {message["type"] for message in queues.accept_uplink()} == {"gateway.config.reported", "gateway.status"}
    assert queues.gateway_record.status(NOW) == "ONLINE"
    assert queues.gateway.configuration["server"]["url"] == "wss://lns.example"


def test_numbers_its_messages_within_a_start(queues: Queues) -> None:
    queues.gateway.report()
    queues.gateway.report()
    first, second = queues.accept_uplink()
    queues.gateway.start()
    hello, *_ = queues.accept_uplink()
    assert (first["bootId"], first["seq"] + 1) == (second["bootId"], second["seq"])
    assert hello["bootId"] != first["bootId"]
    assert hello["seq"] == 1
    assert len({first["messageId"], second["messageId"], hello["messageId"]}) == 3


def test_its_status_is_whole_and_drifts(queues: Queues) -> None:
    before = status(queues)
    assert before["network"]["wan"]["cellular"]["sim_present"] is True
    assert {"system", "gps", "network", "lora", "storage"} <= before.keys()
    queues.gateway.report()
    queues.accept_uplink()
    after = status(queues)
    assert after["lora"]["rxPackets"] > before["lora"]["rxPackets"]


def test_its_wifi_key_travels_in_a_box(queues: Queues) -> None:
    queues.gateway.report()
    (message,) = queues.accept_uplink()
    key = str(queues.gateway.world.wifi_key)
    assert key not in json.dumps(message)
    assert status(queues)["network"]["lan"]["wifi"]["key"] == key


def test_gets_the_credentials_out_of_their_box(fleet: Fleet) -> None:
    queues = Queues(fleet)
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
    organization = {"organizationId": to_uuid(queues.organization.id)}
    made = call(create_location, organization, key=queues.key, body=body)
    assert made.status == 201
    queues.location = queues.location.changed(id=made.json["locationId"])
    queues.register()
    queues.gateway.start()
    queues.accept_uplink()
    queues.deliver_downlink()
    queues.accept_uplink()
    assert queues.gateway.configuration["credentials"]["token"] == "harbour-token"
    assert "harbour-token" not in " ".join(queues.log)
    assert queues.gateway_record.status(NOW) == "ONLINE"


def test_credentials_for_another_are_not_applied(queues: Queues) -> None:
    queues.inject("location.config", {"version": 2, "server": {"credentials": {"box": "AAAA"}}})
    assert queues.listen() == 1
    (message,) = queues.deliver_uplink()
    assert message["payload"]["version"] == queues.gateway.applied == 2
    assert message["payload"]["errors"][0]["section"] == "server"


def test_an_older_configuration_changes_nothing(queues: Queues) -> None:
    queues.inject("location.config", {"version": 0, "server": {"url": "ws://old.example"}})
    queues.listen()
    (message,) = queues.deliver_uplink()
    assert message["payload"] == {"version": 2, "errors": []}
    assert queues.gateway.configuration["server"]["url"] == "wss://lns.example"


def test_carries_out_a_command(queues: Queues) -> None:
    state, result = run_command(queues, "netstat", "-apn", ("grep", "LISTEN"))
    assert state == "SUCCESS"
    assert result.count("\n") == 4
    assert all("LISTEN" in line for line in result.splitlines())


def test_finding_nothing_is_no_failure(queues: Queues) -> None:
    assert run_command(queues, "netstat", "-apn", ("grep", "nosuchthing")) == ("SUCCESS", "")


def test_refuses_what_its_own_list_lacks(queues: Queues) -> None:
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
        queues.inject("command.exec", {"commandId": number, "stages": stages, "timeoutS": 5}, id=f"11111111-2222-4333-8444-{number:012d}")
    assert queues.listen() == len(forged)
    assert all("REFUSED" in line for line in queues.log[-len(forged) :])


def test_refuses_a_timeout_beyond_the_limits(queues: Queues) -> None:
    for number, timeout in enumerate((0, 301, "5", None, True), 1):
        queues.inject(
            "command.exec", {"commandId": number, "stages": [["uptime"]], "timeoutS": timeout}, id=f"11111111-2222-4333-8444-{number:012d}"
        )
    assert queues.listen() == 5
    assert {message["payload"]["outcome"] for message in queues.deliver_uplink()} == {"REFUSED"}


@pytest.mark.parametrize("deadline", ["2026-01-05T10:09:59Z", NOW.timestamp() - 1, "soon", [1]])
def test_ignores_what_is_past_its_deadline(queues: Queues, deadline: Any) -> None:
    queues.inject("command.exec", {"commandId": 1, "stages": [["uptime"]], "timeoutS": 5, "deadline": deadline})
    assert queues.listen() == 1
    assert queues.deliver_uplink() == []


@pytest.mark.parametrize("again", [FIRST, "21111111-2222-4333-8444-555555555555"], ids=["message", "command"])
def test_repeats_its_answer_without_doing_it_again(fleet: Fleet, again: str) -> None:
    done = list[Any]()

    def shell(stages: Any, timeout: float, stop: Any) -> Outcome:
        done.append(stages)
        return Outcome("EXITED", (0,), f"run {len(done)}")

    queues = Queues(fleet, shell)
    queues.gateway.start()
    queues.accept_uplink()
    for attempt, id in (("first", FIRST), ("second", again)):
        queues.inject("command.exec", {"commandId": 1, "stages": [["uptime"]], "timeoutS": 5}, id, dedup=attempt)
    assert queues.listen() == 2
    first, second = queues.deliver_uplink()
    assert (len(done), first["payload"]) == (1, second["payload"])
    assert first["messageId"] != second["messageId"]


@pytest.mark.parametrize("payload", [{"v": 2}, {"sn": "918100A1B2C3D4E502"}, {"payload": []}, {"type": "action.selfdestruct"}])
def test_drops_what_is_not_for_it(queues: Queues, payload: dict[str, Any]) -> None:
    body = {"v": 1, "type": "command.exec", "sn": SN, "messageId": "m", "payload": {}, **payload}
    for text in (json.dumps(body), "no json"):
        clients.sqs().send_message(
            QueueUrl=queues.identity.queue_url, MessageBody=text, MessageGroupId=SN, MessageDeduplicationId=text[:9].encode().hex()
        )
    queues.listen()
    assert queues.deliver_uplink() == []
    assert queues.listen() == 0


def test_uploads_its_log_where_it_was_granted(queues: Queues) -> None:
    queues.gateway.ask_for_upload()
    (request,) = queues.accept_uplink()
    assert queues.deliver_downlink() == 1
    assert [message["type"] for message in queues.accept_uplink()] == ["gateway.syslog.done"]
    url, key, content, sha256 = queues.wire.stored
    assert key == f"logs/{SN}/2026-01-05/{request['payload']['name']}"
    assert hashlib.sha256(content).digest() == sha256
    assert request["payload"]["sizeBytes"] == len(content)
    assert gzip.decompress(content).count(b"\n") == 400
    assert "content-length;host;x-amz-checksum-sha256" in parse_qs(urlsplit(url).query)["X-Amz-SignedHeaders"]


def test_two_logs_of_one_second_have_two_names(queues: Queues) -> None:
    queues.gateway.ask_for_upload()
    queues.gateway.ask_for_upload()
    names = [request["payload"]["name"] for request in queues.accept_uplink()]
    assert len(names) == len(set(names)) == 2
    assert queues.deliver_downlink() == 2
    assert [message["type"] for message in queues.accept_uplink()] == ["gateway.syslog.done"] * 2


def test_a_grant_that_it_did_not_ask_for_is_ignored(queues: Queues) -> None:
    queues.inject("syslog.grant", {"url": "file:///etc/passwd", "key": "logs/x", "expiresAt": "2026-01-05T10:15:00Z"})
    queues.listen()
    assert queues.deliver_uplink() == []


def test_a_grant_that_has_run_out_is_ignored(queues: Queues, clock: Any) -> None:
    queues.gateway.ask_for_upload()
    queues.accept_uplink()
    clock.move_to(NOW + timedelta(minutes=6))
    assert queues.deliver_downlink() <= 1
    assert not hasattr(queues.wire, "stored")


def test_a_url_that_is_no_stores_is_refused(queues: Queues) -> None:
    with pytest.raises(ValueError, match="store"):
        Wire.put(queues.wire, "file:///etc/passwd", b"", b"")


def test_its_last_gasp_and_its_goodbye(queues: Queues, clock: Any) -> None:
    queues.gateway.gasp()
    queues.accept_uplink()
    assert (queues.gateway_record.status(NOW), queues.gateway_record.last_gasp) == ("OFFLINE", "2026-01-05T10:10:00Z")
    queues.gateway.gasp()
    queues.gateway.leave("twice")
    assert queues.accept_uplink() == []
    clock.shift(1)
    queues.gateway.start()
    queues.accept_uplink()
    assert queues.gateway_record.status(NOW) == "ONLINE"
    queues.gateway.leave("as asked")
    (message,) = queues.accept_uplink()
    assert message["payload"] == {"connected": False, "reason": "as asked"}


def test_an_output_that_is_too_large_is_cut(fleet: Fleet) -> None:
    queues = Queues(fleet, lambda stages, timeout, stop: Outcome("EXITED", (0,), "\x01" * 65536))
    queues.gateway.start()
    queues.accept_uplink()
    queues.inject("command.exec", {"commandId": 1, "stages": [["uptime"]], "timeoutS": 5})
    queues.listen()
    (message,) = queues.accept_uplink()
    assert message["payload"]["truncated"] is True
    assert len(json.dumps(message)) <= 131072
