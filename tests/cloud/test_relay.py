"""The relay and the queues behind it, with queues that keep an order, drop repeats and delay as SQS does."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from edge.worker import Message, queue
from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.aws.writes import Write, transact
from fleet.ids import new_id
from fleet.outbox.letter import Letter
from fleet.outbox.letters import Letters, letter_write
from functions.workers.outbox.relay import handler as relay
from muster.local.streams import POSITIONS
from tests.cloud.conftest import Cloud
from tests.cloud.test_local_cloud import running, until
from tests.harness.template import resources

pytestmark = pytest.mark.cloud
ORGANIZATION = "5f" * 12
TRIES = int(resources("queues")["Downlinks"]["Properties"]["RedrivePolicy"]["maxReceiveCount"])


def letter(group: str, text: str) -> Letter:
    return Letter(id=new_id(), organization=ORGANIZATION, group=group, body={"text": text})


def send(*letters: Letter) -> None:
    """Write letters to the worker that sends messages to gateways, one after the other."""
    for each in letters:
        transact([letter_write(EVERYWHERE, "Downlinks", each)])


def test_a_letter_that_fails_holds_up_its_group_until_it_is_put_aside(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And one that is relayed twice comes once."""
    monkeypatch.setenv(POSITIONS, str(tmp_path))
    sqs, taken = cloud.client("sqs"), list[str]()
    sqs.set_queue_attributes(QueueUrl=clients.setting("DOWNLINKS_QUEUE"), Attributes={"VisibilityTimeout": "1"})

    @queue("Downlinks", "toy", uses=(), batch=1)
    def take(message: Message) -> None:
        """Fail for one text."""
        taken.append(f"{message.group} {json.loads(message.body)['text']}")
        if taken[-1].endswith("bad"):
            raise ValueError

    bad, behind, other = letter("GW1", "bad"), letter("GW1", "behind"), letter("GW2", "other")
    with running(relay, take):
        send(bad, behind, other)
        until(lambda: "GW2 other" in taken)
        assert "GW1 behind" not in taken
        transact([Write.delete(("OUTBOX#Downlinks#GW2", other.id), None)])
        send(other)
        until(lambda: "GW1 behind" in taken, 20)
    assert taken.count("GW1 bad") == TRIES
    assert taken.count("GW2 other") == 1
    aside = sqs.get_queue_url(QueueName="muster-downlinks-dead.fifo")["QueueUrl"]
    assert [json.loads(each["Body"]) for each in sqs.receive_message(QueueUrl=aside)["Messages"]] == [bad.body]


def test_a_directory_that_changes_is_told_of_once_when_the_slot_is_over(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(POSITIONS, str(tmp_path))
    sqs, url, pk = cloud.client("sqs"), clients.setting("FOLDS_QUEUE"), f"DIR#device#{ORGANIZATION}"
    jobs = Letter(id=new_id(), organization=ORGANIZATION, group=ORGANIZATION, body={"job": "a"})
    time.sleep(10 - time.time() % 10)  # the beginning of a slot
    with running(relay):
        transact([Write.put((pk, f"R#{number}"), {}) for number in range(5)] + [Write.put((pk, "A#1.1"), {})])
        transact(Letters.jobs_writes(EVERYWHERE, jobs))
        until(lambda: "Messages" in sqs.receive_message(QueueUrl=clients.setting("JOBS_QUEUE")))
        assert "Messages" not in sqs.receive_message(QueueUrl=url)
        found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=15, MaxNumberOfMessages=10)["Messages"]
    assert [json.loads(each["Body"]) for each in found] == [{"directory": pk}]
