"""Log files are deleted after the retention time of their gateway's configuration."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import time_machine

from edge.worker import WorkerEntry
from fleet.access import EVERYWHERE
from fleet.aws import clients, table
from fleet.aws.reads import fetch
from fleet.configuration import desire
from fleet.files.file import LogFile
from fleet.files.files import NOTICES, Logs
from fleet.registry.gateway import Card
from functions.workers.files.expire import handler
from tests.harness.fleet import Fleet
from tests.harness.recorder import Recorder, differences
from tests.workers.messages import deliver_rows

NOW = datetime.now(UTC).replace(microsecond=0)
"""The bucket in memory uses the real time for objects."""


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def card(fleet: Fleet) -> Card:
    organization = fleet.organization()
    card = fleet.gateway(organization, fleet.location(organization), share_logs="wisdm")
    fleet.online(card)
    return card


def store_file(card: Card, at: datetime = NOW, name: str = "syslog.txt.gz") -> dict[str, Any]:
    """Store and record a file; returns its row."""
    key = f"logs/{card.sn}/2026-01-04/{name}"
    clients.s3().put_object(Bucket="files", Key=key, Body=b"log")
    Logs.record(EVERYWHERE, card.organization, card.sn, LogFile(key=key, size=3, modified=at))
    (row,) = [row for row in rows(card) if row["sk"]["S"] == f"{at:%Y-%m-%dT%H:%M:%SZ}#{key}"]
    return row


def rows(card: Card) -> list[dict[str, Any]]:
    return [dict(row) for row in table.query(EVERYWHERE, None, "Row", "pk = :pk", {"pk": f"LOGS#{card.organization}#{card.sn}"})]


def deliver_removal(row: dict[str, Any], entry: WorkerEntry = handler) -> list[str]:
    """Deliver the removal of a row to the worker."""
    return deliver_rows(entry, [row], "REMOVE")


def objects() -> list[str]:
    return [each["Key"] for each in boto3.client("s3").list_objects_v2(Bucket="files").get("Contents", [])]


def set_retention(card: Card, days: int) -> list[dict[str, Any]]:
    """Change the retention time; returns the notices that the stream carries."""
    desire.set_syslog(
        EVERYWHERE, fetch(EVERYWHERE, desire.configured(card.sn)), {"shareLogs": "wisdm", "wisdmLogsRotationCycle": days}, "tests", NOW
    )
    return [dict(row) for row in table.query(EVERYWHERE, None, "Row", "pk = :pk", {"pk": f"{NOTICES}{card.organization}#{card.sn}"})]


def test_a_file_goes_with_its_row(card: Card) -> None:
    row, other = store_file(card), store_file(card, name="other.gz")
    assert deliver_removal(row) == deliver_removal(row) == []
    assert objects() == [other["sk"]["S"].partition("#")[2]]


def test_a_file_that_was_stored_anew_stays(card: Card) -> None:
    row = store_file(card, NOW - timedelta(days=14))
    store_file(card)
    assert deliver_removal(row) == []
    assert len(objects()) == 1


def test_another_kind_of_row_deletes_nothing(card: Card) -> None:
    row = store_file(card)
    assert deliver_removal({**row, "sk": {"S": f"{row['sk']['S'].partition('#')[0]}#firmware/x"}}) == []
    assert len(objects()) == 1


def test_rows_expire_as_the_gateway_is_configured_by_now(card: Card) -> None:
    store_file(card)
    for days in (30, 7):
        notices = set_retention(card, days)
        assert deliver_rows(handler, notices) == deliver_rows(handler, notices) == []
        assert [int(row["ttl"]["N"]) for row in rows(card)] == [int((NOW + timedelta(days=days)).timestamp())]


def test_nothing_is_to_be_done_while_the_days_stay(card: Card) -> None:
    assert set_retention(card, 14) == []


def test_takes_removed_files_and_new_notices_alone() -> None:
    wanted = handler.worker.filter
    assert [wanted.takes(*each) for each in (("REMOVE", "LOGS#1#GW1"), ("INSERT", "RETENTION#1#GW1"))] == [True, True]
    assert not any(wanted.takes(*each) for each in (("INSERT", "LOGS#1#GW1"), ("REMOVE", "RETENTION#1"), ("MODIFY", "LOGS#1#GW1")))
    assert len(wanted.patterns) == 2


def test_it_may_do_what_it_does(card: Card, aws_requests: Recorder) -> None:
    row = store_file(card)
    notices = set_retention(card, 30)
    aws_requests.clear()
    assert deliver_rows(handler, notices) == deliver_removal(row) == []
    assert differences(aws_requests.grants, handler.worker.grants) == []
