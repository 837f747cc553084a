"""What `make up` prints of the fleet's events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from fleet.aws import clients, table
from muster.local.feed import Feed
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
