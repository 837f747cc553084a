"""Points: one item a report, holding all its metrics, keyed by device, month and time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from fleet import aws
from fleet.access import Reach
from fleet.errors import NotFound
from fleet.grants import needs

KEPT = timedelta(days=400)


class Points:
    """The series table (access pattern P1)."""

    @staticmethod
    @needs("SeriesTable", "dynamodb:PutItem")
    def add(reach: Reach, organization: str, device: str, sent: int, message: str, metrics: Mapping[str, float]) -> bool:
        """P1: keep one report (time in Unix ms) once; False when this message's is there already."""
        if not reach.covers(organization):
            raise NotFound("Device")
        at = datetime.fromtimestamp(sent / 1000, UTC)
        client = aws.dynamodb()
        try:
            client.put_item(
                TableName=aws.setting("SERIES_TABLE"),
                Item={
                    "pk": {"S": f"{device}#{at:%Y-%m}"},
                    "sk": {"S": f"{sent:015d}#{message}"},
                    "body": {"S": json.dumps(metrics, separators=(",", ":"))},
                    "ttl": {"N": str(int((at + KEPT).timestamp()))},
                },
                ConditionExpression="attribute_not_exists(pk)",
            )
        except client.exceptions.ConditionalCheckFailedException:
            return False
        return True
