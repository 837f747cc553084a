"""The local cloud behaves as AWS does where the product relies on it."""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from edge.worker import Change, Message, WorkerEntry, queue, schedule, stream
from fleet.aws import clients
from muster.local import workers
from muster.local.deploy import deploy
from muster.local.streams import POSITIONS, Stream
from tests.cloud.conftest import Cloud

pytestmark = pytest.mark.cloud


def until(true: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def http(method: str, url: str, body: bytes | None = None, **headers: str) -> int:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, given, method=method)) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def put(cloud: Cloud, pk: str) -> None:
    cloud.client("dynamodb").put_item(TableName=os.environ["FLEET_TABLE"], Item={"pk": {"S": pk}, "sk": {"S": "x"}})


def test_the_templates_are_deployed_as_they_stand(cloud: Cloud) -> None:
    dynamodb, sqs = cloud.client("dynamodb"), cloud.client("sqs")
    table = dynamodb.describe_table(TableName=os.environ["FLEET_TABLE"])["Table"]
    assert table["StreamSpecification"] == {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"}
    lives = dynamodb.describe_time_to_live(TableName=os.environ["SERIES_TABLE"])["TimeToLiveDescription"]
    assert lives == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    uplink = sqs.get_queue_attributes(QueueUrl=os.environ["UPLINK_QUEUE"], AttributeNames=["All"])["Attributes"]
    assert json.loads(uplink["RedrivePolicy"])["maxReceiveCount"] == 180
    made = json.loads(cloud.client("secretsmanager").get_secret_value(SecretId=os.environ["CREDENTIAL_SECRET"])["SecretString"])
    assert {version: len(text) for version, text in made.items()} == {"0": 64}
    assert deploy() == cloud.deployed


def test_a_presigned_upload_takes_these_bytes_under_this_key_only(cloud: Cloud) -> None:
    body = b"a line\n"
    checksum = b64encode(hashlib.sha256(body).digest()).decode()
    asked = {"Bucket": os.environ["FILES_BUCKET"], "Key": "logs/a.gz", "ContentLength": len(body), "ChecksumSHA256": checksum}
    url = clients.s3().generate_presigned_url("put_object", asked, ExpiresIn=60)
    assert http("PUT", url, b"b line\n", x_amz_checksum_sha256=checksum) == 400
    assert http("PUT", url, body + b"more", x_amz_checksum_sha256=checksum) == 403
    assert http("PUT", url.replace("a.gz", "b.gz"), body, x_amz_checksum_sha256=checksum) == 403
    assert http("PUT", url, body, x_amz_checksum_sha256=checksum) == 200
    received: list[Any] = []
    sqs = cloud.client("sqs")

    def recorded() -> bool:
        received.extend(sqs.receive_message(QueueUrl=os.environ["FILE_EVENTS"], WaitTimeSeconds=1).get("Messages", []))
        return any("logs/a.gz" in message["Body"] for message in received)

    until(recorded)


def test_a_presigned_download_ends_and_fetches_nothing_else(cloud: Cloud) -> None:
    s3, bucket = clients.s3(), os.environ["FILES_BUCKET"]
    s3.put_object(Bucket=bucket, Key="logs/c.gz", Body=b"c")
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "logs/c.gz"}, ExpiresIn=1)
    assert http("GET", url) == 200
    assert http("DELETE", url) == 403
    assert http("GET", url.replace("c.gz", "a.gz")) == 403
    assert http("GET", url.partition("?")[0]) == 403
    until(lambda: http("GET", url) == 403, 4)


def test_a_reader_of_the_stream_goes_on_where_it_was(cloud: Cloud, tmp_path: Path) -> None:
    arn, kept = cloud.deployed.outputs["FleetTableStreamArn"], tmp_path / "position.json"
    reader = Stream(arn, kept)
    put(cloud, "FIRST#1")
    for batch in reader.read(100):
        reader.checkpoint(batch)
    put(cloud, "SECOND#1")
    again = [record["dynamodb"]["Keys"]["pk"]["S"] for batch in Stream(arn, kept).read(100) for record in batch.records]
    assert again == ["SECOND#1"]


def test_workers_get_their_messages_and_changes(cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(POSITIONS, str(tmp_path))
    messages: list[str] = []
    changes: list[str] = []

    @queue("UplinkQueue", "messages", uses=())
    def take(message: Message) -> None:
        """Record the event."""
        messages.append(message.body)

    @stream("FleetTable", "changes", prefix="ORDER#", uses=())
    def follow(change: Change) -> None:
        """Record the event."""
        changes.append(change.item["pk"]["S"])

    @schedule("rate(2 hours)", "ticks", uses=())
    def tick(due: datetime) -> None:
        """Do nothing."""

    with running(take, follow, tick) as threads:
        cloud.client("sqs").send_message(QueueUrl=os.environ["UPLINK_QUEUE"], MessageBody="hello")
        for pk in ("ORDER#1", "OTHER#1", "ORDER#2"):
            put(cloud, pk)
        until(lambda: messages == ["hello"] and changes == ["ORDER#1", "ORDER#2"])
        asked = time.monotonic()
        assert threads.end() == 0
    assert time.monotonic() - asked < workers.LONG_POLL + 2
    left = cloud.client("sqs").get_queue_attributes(QueueUrl=os.environ["UPLINK_QUEUE"], AttributeNames=["All"])["Attributes"]
    assert (left["ApproximateNumberOfMessages"], left["ApproximateNumberOfMessagesNotVisible"]) == ("0", "0")


def test_a_feed_that_ends_ends_the_others_when_their_calls_are_done(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sqs, begun, done = cloud.client("sqs"), threading.Event(), list[str]()
    for name in ("LASTING_QUEUE", "PASSING_QUEUE"):
        monkeypatch.setenv(name, sqs.create_queue(QueueName=name)["QueueUrl"])

    @queue("LastingQueue", "lasting", uses=())
    def last(message: Message) -> None:
        """Run longer than the other worker lives."""
        begun.set()
        time.sleep(2)
        done.append(message.body)

    @queue("PassingQueue", "passing", uses=())
    def never(message: Message) -> None:
        """Never called."""

    with running(last, never) as threads:
        sqs.send_message(QueueUrl=os.environ["LASTING_QUEUE"], MessageBody="hello")
        assert begun.wait(10)
        sqs.delete_queue(QueueUrl=os.environ["PASSING_QUEUE"])
        assert threads.result(10) == 1
    assert done == ["hello"]
    left = sqs.get_queue_attributes(QueueUrl=os.environ["LASTING_QUEUE"], AttributeNames=["All"])["Attributes"]
    assert (left["ApproximateNumberOfMessages"], left["ApproximateNumberOfMessagesNotVisible"]) == ("0", "0")
    output = capsys.readouterr().err
    assert "worker passing has ended" in output
    assert "NonExistentQueue" in output


class running:
    """Workers running in a thread, as in their process."""

    def __init__(self, *entries: WorkerEntry) -> None:
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(1)
        self._entries = entries

    def __enter__(self) -> running:
        self._run = self._pool.submit(workers.run, self._entries, self._stop)
        return self

    def result(self, seconds: float) -> int:
        """The exit status of the process."""
        return self._run.result(seconds)

    def end(self) -> int:
        """Ask it to stop, and wait."""
        self._stop.set()
        return self.result(60)

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._pool.shutdown()


def test_state_and_unread_changes_outlive_a_kill(cloud: Cloud) -> None:
    key = cloud.client("kms").generate_data_key(KeyId=os.environ["FLEET_KEY"], KeySpec="AES_256", EncryptionContext={"organization": "a"})
    put(cloud, "LAST#1")
    time.sleep(7)  # a checkpoint is every five seconds
    cloud.kill()
    before = cloud.deployed
    assert cloud.up() == before
    unread = [record for batch in Stream(before.outputs["FleetTableStreamArn"]).read(1000) for record in batch.records]
    assert unread[-1]["dynamodb"]["Keys"]["pk"]["S"] == "LAST#1"
    opened = cloud.client("kms").decrypt(CiphertextBlob=key["CiphertextBlob"], EncryptionContext={"organization": "a"})
    assert opened["Plaintext"] == key["Plaintext"]


def test_a_flood_in_one_group_delays_no_other(cloud: Cloud) -> None:
    """3,000 messages of one group, and behind them one of each of three others: all three come with the first ten."""
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName="fair")["QueueUrl"]
    flood = [{"Id": str(number), "MessageBody": "junk", "MessageGroupId": "NOISY1"} for number in range(10)]
    for _ in range(300):
        sqs.send_message_batch(QueueUrl=url, Entries=flood)
    for group in ("QUIET1", "QUIET2", None):
        sqs.send_message(QueueUrl=url, MessageBody=str(group), **({"MessageGroupId": group} if group else {}))
    first = [message["Body"] for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]]
    assert len(first) == 10
    assert {"QUIET1", "QUIET2", "None"} <= set(first)
    sqs.send_message(QueueUrl=url, MessageBody="later", MessageGroupId="QUIET1")
    second = [message["Body"] for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]]
    assert "later" in second
