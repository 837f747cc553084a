"""The worker that folds directories, through its queue."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

import pytest

from fleet.access import EVERYWHERE
from fleet.directory.directory import PREFIX, RECENT
from fleet.directory.fold import Unfinished, fold_until
from fleet.outbox import relay
from fleet.registry.device_row import DELETED, DIRECTORIES, THERE, DeviceRow
from functions.workers.directory.fold import handler
from tests.harness.directories import change, device_rows, load
from tests.harness.recorder import Recorder, differences
from tests.workers.messages import NOW, UplinkMessage, deliver

OWNER = "b8a1f5e2c3d4a5b6c7d8e9f0"


@pytest.fixture(autouse=True)
def _cloud(cloud: dict[str, str]) -> None:
    """An AWS for each test."""


def word(directory: str) -> UplinkMessage:
    return UplinkMessage(id="1", body=json.dumps({"directory": directory}), signature="", received=NOW, group=directory)


def recent(deleted: bool = False) -> int:
    directory = DELETED if deleted else THERE
    return len(directory.read(EVERYWHERE, OWNER, RECENT).recent)


def changed(rows: list[DeviceRow], count: int) -> list[DeviceRow]:
    return [row._replace(version=9, name="Another name") for row in random.Random(1).sample(rows, count)]


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_all_recent_rows_are_folded_whatever_they_are(directory: object, aws_requests: Recorder) -> None:
    of = next(each for each in DIRECTORIES if each is directory)
    rows = device_rows(400)
    load(of, OWNER, rows[:300])
    later = changed(rows, 150)
    change(of, OWNER, [*rows[300:], *later])
    aws_requests.clear()
    assert deliver(handler, word(of.key(OWNER)[0])) == []
    assert differences(aws_requests.grants, handler.worker.grants) == []
    assert len(of.read(EVERYWHERE, OWNER, RECENT).recent) <= of.sizes.recent
    assert of.rows(EVERYWHERE, OWNER) == sorted({row.id: row for row in (*rows, *later)}.values())
    aws_requests.clear()
    assert deliver(handler, word(of.key(OWNER)[0])) == []
    assert aws_requests.requests == ["dynamodb:Query"]


def test_what_there_is_no_time_for_is_left_to_the_next_delivery() -> None:
    rows = device_rows(400)
    change(THERE, OWNER, rows)
    clock: Iterator[float] = iter(range(100))
    with pytest.raises(Unfinished):
        fold_until(EVERYWHERE, THERE, OWNER, 1, lambda: next(clock))
    assert recent() == 400 - 2 * THERE.sizes.taken
    assert THERE.rows(EVERYWHERE, OWNER) == rows
    assert fold_until(EVERYWHERE, THERE, OWNER, 50, lambda: next(clock)) == 2
    assert recent() == 400 - 4 * THERE.sizes.taken


def test_a_directory_that_nobody_knows_fails() -> None:
    assert deliver(handler, word(f"DIR#ghosts#{OWNER}")) == ["1"]


def test_the_relay_knows_directories_by_their_keys() -> None:
    assert relay.DIRECTORIES == (PREFIX, RECENT)
