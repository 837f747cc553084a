"""What the local cloud saves with `make up --data`: nothing that was accepted is lost at a stop, and at most seconds of it at a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fleet.aws import clients
from muster.local.streams import Stream
from muster.operator import gateway
from tests.cloud.conftest import Cloud, running
from tests.harness.sizes import size

pytestmark = pytest.mark.cloud

MESSAGES = size(2_000, 90_000)
LONGER_THAN_ANY_GRACE = 9.0
"""Seconds for which the cloud does not get on with its save: other processes are killed after 8."""
SAVE_EVERY, A_KILL_COSTS = size((1, 5.0), (5, 10.0))
"""Seconds between two saves, and of writes that are lost at most, in full size as README.md says."""


def test_what_was_accepted_is_saved_however_long_that_takes(tmp_path: Path) -> None:
    with running(Cloud(tmp_path)) as cloud:
        load(MESSAGES)
        written = [write(number) for number in range(9)]
        lines: list[str] = []
        with standing_still(cloud, LONGER_THAN_ANY_GRACE):
            assert cloud.mini.stop(lines.append)
        assert lines, "nothing is said while it takes so long"
        cloud.up()
        assert [read(pk) for pk in written] == written
        assert waiting() == MESSAGES


@contextmanager
def standing_still(cloud: Cloud, seconds: float) -> Iterator[subprocess.Popen[bytes]]:
    """A cloud's process that does nothing for a while, whatever happens to it meanwhile."""
    assert cloud.mini.child is not None
    process = cloud.mini.child.process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    timer = threading.Timer(seconds, process.send_signal, [signal.SIGCONT])
    timer.start()
    try:
        yield process
    finally:
        timer.join()


def test_a_start_waits_for_the_save_of_a_cloud_whose_parent_was_killed(tmp_path: Path) -> None:
    with running(Cloud(tmp_path)) as cloud:
        written = write(1)
        with standing_still(cloud, 3) as orphan:
            assert orphan.stdin is not None
            orphan.stdin.close()
            cloud.up_elsewhere()
        assert read(written) == written
        assert orphan.wait(10) == 0


def test_a_kill_costs_no_more_than_seconds(tmp_path: Path) -> None:
    with running(Cloud(tmp_path, save_every=SAVE_EVERY)) as cloud:
        load(MESSAGES)
        times: dict[str, float] = {}
        end = time.monotonic() + 1.5 * A_KILL_COSTS
        while time.monotonic() < end:
            times[write(len(times))] = time.monotonic()
            time.sleep(0.05)
        killed = time.monotonic()
        cloud.kill()
        cloud.up()
        lost = [killed - at for pk, at in times.items() if read(pk) is None]
        assert max(lost, default=0.0) < A_KILL_COSTS
        assert waiting() == MESSAGES


def test_a_reader_is_set_back_with_what_it_has_read(tmp_path: Path) -> None:
    """What a worker did since the last save is lost with the cloud, so its position in the stream has to be that of the save."""
    with running(Cloud(tmp_path, save_every=3)) as cloud:
        position = cloud.positions / "reader.json"
        assert [write(1)] == keys(cloud, position)
        until_saved(cloud)
        assert [write(2)] == keys(cloud, position)
        cloud.kill()
        cloud.up()
        assert read("SAVED#2") is None
        assert [write(3)] == keys(cloud, position)


def test_records_that_all_readers_have_read_are_trimmed(tmp_path: Path) -> None:
    with running(Cloud(tmp_path, save_every=1)) as cloud:
        slow, quick = (cloud.positions / f"{name}.json" for name in ("slow", "quick"))
        Stream(cloud.deployed.outputs["FleetTableStreamArn"], slow)
        written = [write(number, "x" * 100_000) for number in range(20)]
        assert keys(cloud, quick) == written
        until_saved(cloud)
        assert state(cloud).stat().st_size > 4_000_000, "the slow reader has yet to read them"
        assert keys(cloud, slow) == written
        until_saved(cloud)
        assert state(cloud).stat().st_size < 2_500_000
        assert keys(cloud, tmp_path / "late.json") == written[-1:]
        assert (keys(cloud, quick), keys(cloud, slow)) == ([], [])


def test_the_next_start_may_use_another_port(tmp_path: Path) -> None:
    """Queues, outputs of stacks and factory records have URLs in them: none names the port of the start before."""
    request: Any = {"model": "RAK7268V2", "mac": "AC:1F:09:00:01:99"}
    with running(Cloud(tmp_path)) as cloud:
        first, before = gateway.provision(gateway.GatewayRequest(sn="918100A1B2C30199", eui="ac1f09fffe000199", **request)), cloud.mini.port
        assert f":{before}/" in first.queue_url
        cloud.mini.stop()
        cloud.up_elsewhere()
        again = gateway.rekey("918100A1B2C30199")
        new = gateway.provision(gateway.GatewayRequest(sn="918100A1B2C30198", eui="ac1f09fffe000198", **request))
        urls = [os.environ["UPLINK_QUEUE"], again.queue_url, again.uplink_url, new.queue_url, *clients.sqs().list_queues()["QueueUrls"]]
        assert [url for url in urls if not url.startswith(f"{cloud.mini.endpoint}/")] == []
        clients.sqs().send_message(QueueUrl=again.queue_url, MessageBody="x", MessageGroupId="x", MessageDeduplicationId="x")
        assert len(clients.sqs().receive_message(QueueUrl=again.queue_url)["Messages"]) == 1
        cloud.mini.stop()
        assert f":{before}/" not in state(cloud).read_text()


def test_what_a_worker_had_at_the_stop_is_delivered_again_at_the_next_start(tmp_path: Path) -> None:
    """Nobody has it any more, so nobody waits until its visibility ends. A message that is delayed stays so."""
    with running(Cloud(tmp_path)) as cloud:
        url = os.environ["JOBS_QUEUE"]
        clients.sqs().send_message(QueueUrl=url, MessageBody="begun")
        clients.sqs().send_message(QueueUrl=url, MessageBody="delayed", DelaySeconds=300)
        assert received(url) == [("begun", "1")]
        assert received(url) == []
        cloud.mini.stop()
        cloud.up()
        assert received(os.environ["JOBS_QUEUE"]) == [("begun", "2")]


def received(url: str) -> list[tuple[str, str]]:
    """The bodies of the messages that a queue delivers at once, each with the number of its deliveries."""
    found = clients.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=["ApproximateReceiveCount"])
    return [(each["Body"], each["Attributes"]["ApproximateReceiveCount"]) for each in found.get("Messages", [])]


def load(messages: int) -> None:
    """Put messages into a queue."""
    for first in range(0, messages, 10):
        entries: Any = [{"Id": str(number), "MessageBody": "x" * 400} for number in range(first, first + 10)]
        clients.sqs().send_message_batch(QueueUrl=os.environ["UPLINK_REFUSED_DEAD_LETTERS"], Entries=entries)


def waiting() -> int:
    names: Any = ["ApproximateNumberOfMessages"]
    answer = clients.sqs().get_queue_attributes(QueueUrl=os.environ["UPLINK_REFUSED_DEAD_LETTERS"], AttributeNames=names)
    return int(answer["Attributes"][names[0]])


def write(number: int, text: str = "") -> str:
    """Write an item; its key."""
    pk = f"SAVED#{number}"
    clients.dynamodb().put_item(TableName=os.environ["FLEET_TABLE"], Item={"pk": {"S": pk}, "sk": {"S": "x"}, "text": {"S": text}})
    return pk


def read(pk: str) -> str | None:
    item = clients.dynamodb().get_item(TableName=os.environ["FLEET_TABLE"], Key={"pk": {"S": pk}, "sk": {"S": "x"}}).get("Item")
    return None if item is None else item["pk"]["S"]


def keys(cloud: Cloud, position: Path) -> list[str]:
    """The keys of the records that a reader with this position has not read yet; it reads them."""
    stream, found = Stream(cloud.deployed.outputs["FleetTableStreamArn"], position), []
    while batches := list(stream.read(1000)):
        for batch in batches:
            found += [record["dynamodb"]["Keys"]["pk"]["S"] for record in batch.records]
            stream.checkpoint(batch)
    return found


def until_saved(cloud: Cloud) -> None:
    """Wait for a save that begins now, or later."""
    seen = {version(cloud)}
    end = time.monotonic() + 30
    while len(seen) < 3:
        assert time.monotonic() < end, "nothing is saved"
        time.sleep(0.05)
        seen.add(version(cloud))


def version(cloud: Cloud) -> int:
    """The time of the last save."""
    return state(cloud).stat().st_mtime_ns if state(cloud).exists() else 0


def state(cloud: Cloud) -> Path:
    assert cloud.mini.data is not None
    return cloud.mini.data / "state/state.json"
