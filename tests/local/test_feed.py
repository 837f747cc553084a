"""What `make up` prints of the fleet's events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fleet.alerts.alert import Alert
from fleet.aws import clients, table
from muster.local.feed import Feed, Tail
from muster.local.streams import Batch
from tests.harness.fleet import Fleet


@pytest.mark.parametrize(
    ("pk", "sk"), [("SN#X1", "CARD"), ("ALERTS#X1", "1"), ("LOGS#org#X1", "1"), ("COMMANDS#X1", "shell#7"), ("COMMANDS#X1", "shell#8")]
)
@pytest.mark.parametrize("attributes", [{}, {"body": {"S": "no JSON"}, "org": {"S": "x"}}, {"body": {"S": "[]"}, "org": {"S": "x"}}])
def test_a_row_that_cannot_be_read_is_named_and_passed_over(fleet: Fleet, pk: str, sk: str, attributes: Mapping[str, Any]) -> None:
    organization = fleet.organization()
    card = fleet.gateway(organization, fleet.location(organization))
    row: dict[str, Any] = {"pk": {"S": pk}, "sk": {"S": sk}, **attributes}
    clients.dynamodb().put_item(TableName=table.table(), Item=row)
    images: list[Any] = [row, {"pk": {"S": f"SN#{card.sn}"}, "sk": {"S": "CARD"}}]
    records = [
        {"eventName": "INSERT", "dynamodb": {"Keys": {name: image[name] for name in ("pk", "sk")}, "NewImage": image}} for image in images
    ]
    lines: list[str] = []
    Feed(lambda most: [Batch("shard", records)], lines.append).look()
    assert [line for line in lines if line.startswith(f"a row of {pk} cannot be read")], lines
    assert [line for line in lines if line.startswith(f"gateway {card.sn} is ")], lines


def test_uploaded_log_files_are_summed_up_once_a_minute(fleet: Fleet) -> None:
    body = json.dumps({"key": "log/x/y.gz", "size": 100, "modified": "2026-01-01T00:00:00Z"})
    records = [
        {"eventName": "INSERT", "dynamodb": {"Keys": keys, "NewImage": {**keys, "body": {"S": body}}}}
        for sn in ("X1", "X2", "X2")
        for keys in [{"pk": {"S": f"LOGS#org#{sn}"}, "sk": {"S": "1"}}]
    ]
    lines: list[str] = []
    times = iter([0.0, 1.0, 59.0, 60.0, 121.0])
    batches = iter([[Batch("shard", records)], [], [], []])
    feed = Feed(lambda most: next(batches), lines.append, lambda: next(times))
    said = []
    for _ in range(4):
        feed.look()
        said.append(len(lines))
    assert lines == ["3 log files uploaded in the last minute, by 2 gateways, 300 bytes in all"]
    assert said == [0, 0, 1, 1]


def test_an_alert_that_ends_is_named_as_the_one_that_began() -> None:
    alert = Alert(organization="x", device="y", name="TSPD04A1B2C3D4E5", type="silent", number=1, start=1.0)
    records = [
        {"eventName": event, "dynamodb": {"Keys": keys, "NewImage": {**keys, "body": {"S": each.model_dump_json()}}}}
        for event, each in (("INSERT", alert), ("MODIFY", alert.model_copy(update={"end": 2.0})))
        for keys in [{"pk": {"S": "ALERTS#x"}, "sk": {"S": "1"}}]
    ]
    lines: list[str] = []
    Feed(lambda most: [Batch("shard", records)], lines.append).look()
    assert lines == ['alert "silent" of thing TSPD04A1B2C3D4E5', 'alert "silent" of thing TSPD04A1B2C3D4E5 has ended']


def test_the_simulators_answers_are_read_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "answers"
    file.write_text("of an earlier start\n")
    tail = Tail(file)
    read = []
    for text in ("", "one\ntw", "o\n", "\nfour\n"):
        with file.open("a") as out:
            out.write(text)
        read.append(tail.new_lines())
    assert read == [[], ["one"], ["two"], ["", "four"]]
    assert Tail(tmp_path / "none").new_lines() == []
