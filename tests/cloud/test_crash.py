"""The uplink worker is killed again and again in the middle of a burst: nothing is lost, nothing is counted twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.aws.reads import fetch
from fleet.registry.gateways import Gateways
from tests.cloud.conftest import Cloud
from tests.harness.fleet import Fleet, Hardware
from tests.workers.messages import uplink_message

pytestmark = pytest.mark.cloud

GATEWAYS, REPORTS, KILLS = 10, 100, 5
RETURNS_AFTER = 3
"""The queue's visibility timeout in seconds: much less than deployed, so that the test is short."""


class Worker:
    """The uplink worker in a process of its own. It ends when its standard input closes."""

    def __init__(self, log: Path) -> None:
        with log.open("ab") as out:
            command = [sys.executable, "-m", "muster.local.workers", "uplink_receive"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=out)

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def gateways(cloud: Cloud) -> list[Hardware]:
    fleet = Fleet()
    organization = fleet.organization()
    location = fleet.location(organization)
    gateways = [fleet.hardware() for _ in range(GATEWAYS)]
    for hardware in gateways:
        fleet.gateway(organization, location, hardware)
    clients.sqs().set_queue_attributes(QueueUrl=os.environ["UPLINK_QUEUE"], Attributes={"VisibilityTimeout": str(RETURNS_AFTER)})
    return gateways


def test_a_burst_of_reports_survives_the_death_of_its_worker(cloud: Cloud, gateways: list[Hardware], tmp_path: Path) -> None:
    messages = burst(gateways)
    while ten := list(islice(messages, 10)):
        clients.sqs().send_message_batch(QueueUrl=os.environ["UPLINK_QUEUE"], Entries=ten)
    for _ in range(KILLS):
        worker = Worker(tmp_path / "worker.log")
        enough = taken() + 20
        until_true(lambda enough=enough: taken() > enough, tmp_path)
        worker.kill()
    assert 0 < taken() < GATEWAYS * REPORTS, "the worker must die in the middle of the burst"
    worker = Worker(tmp_path / "worker.log")
    until_true(lambda: left() == 0, tmp_path)
    worker.kill()
    assert taken() == GATEWAYS * REPORTS
    for hardware in gateways:
        gateway = fetch(EVERYWHERE, Gateways.by_sn(hardware.sn))
        assert gateway.reports.known["status"].mark.seq == REPORTS
        assert gateway.reports.known["status"].document["system"]["uptime"] == REPORTS
    for aside in "UPLINK_FAILED_DEAD_LETTERS", "UPLINK_REFUSED_DEAD_LETTERS":
        dead = clients.sqs().get_queue_attributes(QueueUrl=os.environ[aside], AttributeNames=["ApproximateNumberOfMessages"])
        assert dead["Attributes"]["ApproximateNumberOfMessages"] == "0"


def burst(gateways: list[Hardware]) -> Iterator[Any]:
    """Every gateway's reports, interleaved, as entries of SendMessageBatch."""
    now = datetime.now(UTC)
    for seq in range(1, REPORTS + 1):
        for hardware in gateways:
            sent = uplink_message(hardware, "status", {"system": {"uptime": seq, "cpu": 1, "memory": 2}}, seq=seq, received=now)
            signature = {"signature": {"DataType": "String", "StringValue": sent.signature}}
            entry = {"MessageBody": sent.body, "MessageGroupId": sent.group, "MessageAttributes": signature}
            yield {"Id": f"{hardware.sn}-{seq}", **entry}


def taken() -> int:
    """The number of stored reports: one point each in the series table, beside the connections and the counters of the gateways."""
    points: Any = {"FilterExpression": "begins_with(pk, :points)", "ExpressionAttributeValues": {":points": {"S": "POINTS#"}}}
    table = os.environ["SERIES_TABLE"]
    pages = clients.dynamodb().get_paginator("scan").paginate(TableName=table, Select="COUNT", ConsistentRead=True, **points)
    return sum(page["Count"] for page in pages)


def left() -> int:
    """The number of messages in the queue, visible or in flight."""
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = clients.sqs().get_queue_attributes(QueueUrl=os.environ["UPLINK_QUEUE"], AttributeNames=names)["Attributes"]
    return sum(int(attributes[name]) for name in names)


def until_true(true: Any, tmp_path: Path, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"{taken()} taken, {left()} left: {(tmp_path / 'worker.log').read_text()[-2000:]}"
        time.sleep(0.1)
