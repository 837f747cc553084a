"""The relay: letters of the outbox and word of changed directories come to their queues, and rows that are done with are deleted."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from botocore.exceptions import EndpointConnectionError

from fleet.access import EVERYWHERE, Reach
from fleet.aws import clients, queues
from fleet.aws.writes import Write, transact
from fleet.errors import Invalid, NotFound
from fleet.ids import new_id
from fleet.outbox.letter import LARGEST, Letter
from fleet.outbox.letters import PREFIX, RELAYED, RETENTION, Letters
from functions.workers.outbox.relay import handler as relay
from tests.harness.aws import item, messages, stored
from tests.harness.recorder import Recorder, differences
from tests.workers.messages import NOW, deliver_rows

ORGANIZATION = "5f" * 12
WRITERS: Mapping[str, Callable[[Reach, Letter], list[Write]]] = {
    "Callbacks": Letters.callbacks_writes,
    "Jobs": Letters.jobs_writes,
    "Mail": Letters.mail_writes,
}
DIRECTORY = f"DIR#device#{ORGANIZATION}"
pytestmark = pytest.mark.usefixtures("clock", "fleet")


def letter(body: Mapping[str, Any], **members: Any) -> Letter:
    return Letter(**{"id": new_id(), "organization": ORGANIZATION, "group": ORGANIZATION, "body": body, **members})


def row(queue: str, body: Mapping[str, Any], **members: Any) -> dict[str, Any]:
    """Store a letter; returns its row."""
    each = letter(body, **members)
    transact(WRITERS[queue](EVERYWHERE, each))
    found = item("FleetTable", f"{PREFIX}{queue}#{each.group}", each.id)
    assert found
    return found


def downlink(body: Mapping[str, Any], group: str = "GW1", id: str = "one") -> dict[str, Any]:
    """A row with a message to a gateway."""
    key = {"pk": {"S": f"{PREFIX}Downlinks#{group}"}, "sk": {"S": id}}
    return {**key, "body": {"S": json.dumps(body)}, "org": {"S": ORGANIZATION}, "at": {"N": "1"}}


def recent(directory: str = DIRECTORY, order: str = "1") -> dict[str, Any]:
    return {"pk": {"S": directory}, "sk": {"S": f"R#{order}"}, "r": {"S": "[]"}}


def outbox() -> list[dict[str, Any]]:
    return [each for each in stored("FleetTable") if each["pk"]["S"].startswith(PREFIX)]


def queued(queue: str) -> list[Any]:
    """The bodies of the messages in an internal queue."""
    return [json.loads(body) for body in messages(clients.setting(f"{queue.upper()}_QUEUE"))]


@contextmanager
def refusing(*bodies: str, whole: bool = False) -> Iterator[None]:
    """Queues that refuse messages with these in their bodies, or the `whole` request with one of them."""

    def answer(params: Any, **_: object) -> Any:
        entries = json.loads(params["body"])["Entries"]
        refused = [each for each in entries if any(body in each["MessageBody"] for body in bodies)]
        if refused and whole:
            raise EndpointConnectionError(endpoint_url="https://sqs.example")
        return None

    def change(parsed: Any, **_: object) -> None:
        refused = [each for each in parsed["Successful"] if each["Id"] in marked]
        parsed["Successful"] = [each for each in parsed["Successful"] if each not in refused]
        parsed["Failed"] = [{"Id": each["Id"], "Code": "InternalError", "SenderFault": False} for each in refused]

    marked: set[str] = set()

    def mark(params: Any, **_: object) -> None:
        marked.clear()
        marked.update(each["Id"] for each in params["Entries"] if any(body in each["MessageBody"] for body in bodies))

    events = clients.sqs().meta.events
    hooks: list[tuple[str, Any]] = [("before-call.sqs.SendMessageBatch", answer)]
    if not whole:
        hooks += [("provide-client-params.sqs.SendMessageBatch", mark), ("after-call.sqs.SendMessageBatch", change)]
    for name, hook in hooks:
        events.register(name, hook)
    try:
        yield
    finally:
        for name, hook in hooks:
            events.unregister(name, hook)


class TestLetters:
    """Letters of the outbox."""

    @pytest.mark.parametrize("queue", WRITERS)
    def test_a_letter_comes_to_the_queue_that_it_names_and_leaves_the_outbox(self, queue: str) -> None:
        written = row(queue, {"text": "žluťoučký"})
        assert deliver_rows(relay, [written]) == []
        assert {name: queued(name) for name in WRITERS} == {name: [{"text": "žluťoučký"}] if name == queue else [] for name in WRITERS}
        assert outbox() == []

    def test_one_that_comes_twice_does_no_harm(self) -> None:
        rows = [row("Jobs", {"job": "a"}), downlink({"command": 1})]
        assert deliver_rows(relay, rows) == deliver_rows(relay, rows) == []
        assert (queued("Jobs"), queued("Downlinks")) == ([{"job": "a"}] * 2, [{"command": 1}])

    def test_a_message_to_a_gateway_stays_in_the_outbox(self, aws_requests: Recorder) -> None:
        """Until it is in the gateway's queue. The worker that sends it deletes the row."""
        aws_requests.clear()
        assert deliver_rows(relay, [downlink({"command": 1})]) == []
        assert aws_requests.requests == ["sqs:SendMessageBatch"]

    def test_the_order_of_a_gateways_messages_is_kept(self) -> None:
        rows = [downlink({"command": number}, id=str(number)) for number in range(25)]
        assert deliver_rows(relay, rows) == []
        assert queued("Downlinks") == [{"command": number} for number in range(25)]

    def test_the_largest_that_is_accepted_can_be_sent(self) -> None:
        """In bytes of UTF-8, and a queue refuses some characters that JSON allows, so they are escaped."""
        body = {"text": "\uffff" + "ž" * ((LARGEST - len('{"text":""}') - len("\\uffff")) // 2)}
        rows = [row("Jobs", body) for _ in range(2)]
        assert deliver_rows(relay, rows) == []
        assert queued("Jobs") == [body, body]
        with pytest.raises(Invalid):
            Letters.jobs_writes(EVERYWHERE, letter({"text": body["text"] + "ž"}))

    def test_nobody_writes_for_another_organization(self) -> None:
        for write in WRITERS.values():
            with pytest.raises(NotFound):
                write(Reach.of("6e" * 12), letter({}))

    @pytest.mark.parametrize(("deadline", "ttl"), [(None, int(NOW.timestamp()) + RETENTION), (1_800_000_000, 1_800_000_000)])
    def test_one_that_is_not_relayed_is_kept_for_an_operator(self, deadline: int | None, ttl: int) -> None:
        assert row("Mail", {}, deadline=deadline)["ttl"] == {"N": str(ttl)}

    def test_a_group_that_no_queue_takes_is_refused_by_who_writes(self) -> None:
        for name in ("", "a b", "a" * 129):
            with pytest.raises(ValueError, match="group"):
                letter({}, group=name)


class TestFailures:
    """What fails is reported alone."""

    def test_a_message_that_its_queue_refuses(self, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
        rows = [row("Jobs", {"job": name}) for name in ("good", "bad", "other")]
        with refusing("bad"):
            assert deliver_rows(relay, rows) == ["1001"]
        assert [each["body"]["S"] for each in outbox()] == ['{"job":"bad"}']
        assert [(each.message, each.__dict__["reason"]) for each in caplog.records] == [("record failed", "InternalError")]
        counted = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"RecordsFailed"' in line]
        assert [each["worker"] for each in counted if "worker" in each] == ["outbox_relay"]

    def test_a_queue_that_is_out_of_reach_holds_up_no_other(self) -> None:
        rows = [row("Mail", {"to": "a"}), row("Jobs", {"job": "a"}), downlink({"command": 1})]
        with refusing("to", whole=True):
            assert deliver_rows(relay, rows) == ["1000"]
        assert (queued("Mail"), queued("Jobs"), queued("Downlinks")) == ([], [{"job": "a"}], [{"command": 1}])

    def test_a_row_that_is_no_letter(self) -> None:
        strange = [{**row("Jobs", {"job": "a"}), **change} for change in ({"body": {"N": "1"}}, {"pk": {"S": f"{PREFIX}Nobody#x"}})]
        assert deliver_rows(relay, [*strange, row("Jobs", {"job": "c"})]) == ["1000", "1001"]
        assert queued("Jobs") == [{"job": "c"}]

    def test_a_relay_that_ends_between_sending_and_deleting_sends_again(self) -> None:
        rows = [row("Jobs", {"job": "a"})]

        def end(**_: object) -> None:
            raise EndpointConnectionError(endpoint_url="https://dynamodb.example")

        clients.dynamodb().meta.events.register("before-call.dynamodb.DeleteItem", end)
        try:
            assert deliver_rows(relay, rows) == ["1000"]
        finally:
            clients.dynamodb().meta.events.unregister("before-call.dynamodb.DeleteItem", end)
        assert len(outbox()) == 1
        assert deliver_rows(relay, rows) == []
        assert (queued("Jobs"), outbox()) == ([{"job": "a"}] * 2, [])


class TestDirectories:
    """Word of changed directories."""

    def test_all_changes_of_a_slot_are_one_message(self, clock: time_machine.Traveller) -> None:
        for seconds in (0, 4, 9.9):
            clock.move_to(NOW + timedelta(seconds=seconds))
            assert deliver_rows(relay, [recent(order=str(seconds)), recent(order=f"{seconds}#again")]) == []
        assert queued("Folds") == [{"directory": DIRECTORY}]
        clock.move_to(NOW + timedelta(seconds=10))
        assert deliver_rows(relay, [recent(), recent("DIR#device#other")]) == []
        assert queued("Folds") == [{"directory": each} for each in (DIRECTORY, DIRECTORY, "DIR#device#other")]

    def test_it_comes_when_the_slot_is_over(self, clock: time_machine.Traveller) -> None:
        assert deliver_rows(relay, [recent()]) == []
        url = clients.setting("FOLDS_QUEUE")
        assert "Messages" not in clients.sqs().receive_message(QueueUrl=url)
        clock.move_to(NOW + timedelta(seconds=10.1))
        assert len(clients.sqs().receive_message(QueueUrl=url)["Messages"]) == 1


def test_ten_letters_take_one_request_and_a_delete_each(aws_requests: Recorder) -> None:
    rows = [row("Jobs", {"job": str(number)}) for number in range(10)]
    aws_requests.clear()
    assert deliver_rows(relay, rows) == []
    assert aws_requests.requests == ["sqs:SendMessageBatch", *["dynamodb:DeleteItem"] * 10]


def test_a_hundred_changes_of_a_directory_take_one_request(aws_requests: Recorder) -> None:
    aws_requests.clear()
    assert deliver_rows(relay, [recent(order=str(number)) for number in range(100)]) == []
    assert aws_requests.requests == ["sqs:SendMessageBatch"]


def test_it_may_send_to_the_internal_queues_and_delete_what_it_has_sent(aws_requests: Recorder) -> None:
    rows = [row(queue, {}) for queue in WRITERS]
    aws_requests.clear()
    assert deliver_rows(relay, [*rows, downlink({}), recent()]) == []
    assert differences(aws_requests.grants, relay.worker.grants) == []
    assert {grant.keys for grant in relay.worker.grants if grant.keys} == {f"{PREFIX}{queue}#*" for queue in RELAYED}
    assert {grant.resource for grant in relay.worker.grants} == {"FleetTable", *queues.QUEUES}


def test_a_writer_may_write_to_its_queue_alone() -> None:
    for queue, write in WRITERS.items():
        assert {(grant.action, grant.keys) for grant in write.__grants__} == {("dynamodb:PutItem", f"{PREFIX}{queue}#*")}  # type: ignore[attr-defined]


def test_it_takes_new_letters_and_recent_rows_of_directories_alone() -> None:
    takes = relay.worker.filter.takes
    assert takes("INSERT", f"{PREFIX}Jobs#x", "1")
    assert takes("INSERT", DIRECTORY, "R#1")
    assert not any(takes("INSERT", DIRECTORY, sk) for sk in ("A#1.1", "T"))
    assert not any(takes(event, f"{PREFIX}Jobs#x", "1") for event in ("MODIFY", "REMOVE"))
    assert not takes("INSERT", "DEVICE#1", "R#1")
    assert [json.loads(pattern)["dynamodb"]["Keys"] for pattern in relay.worker.filter.patterns] == [
        {"pk": {"S": [{"prefix": "OUTBOX#"}]}},
        {"pk": {"S": [{"prefix": "DIR#"}]}, "sk": {"S": [{"prefix": "R#"}]}},
    ]
