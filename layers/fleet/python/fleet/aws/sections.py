"""How a section of what a gateway reports is kept: a map of its mark and its value, compressed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from typing import Any

from fleet.aws import clients, table
from fleet.marks import Mark, Section

NEWER = "(attribute_not_exists(#s) OR (#s.boot = :boot AND #s.seq < :seq) OR (#s.boot <> :boot AND #s.sent < :sent))"
"""Holds where the section `#s` is older than the mark of `values`, or not there."""


def packed(mark: Mark, value: Mapping[str, Any]) -> dict[str, Any]:
    """A section as an attribute."""
    body = zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 9)
    numbers = {name: {"N": str(number)} for name, number in (("seq", mark.seq), ("sent", mark.sent), ("heard", mark.heard))}
    return {"M": {"boot": {"S": mark.boot}, **numbers, "value": {"B": body}}}


def unpacked(attribute: Any) -> Section:
    """The section that an attribute is."""
    stored = attribute["M"]
    mark = Mark(stored["boot"]["S"], *(int(stored[part]["N"]) for part in ("seq", "sent", "heard")))
    return Section(mark, json.loads(zlib.decompress(stored["value"]["B"])))


def values(mark: Mark) -> dict[str, Any]:
    """What NEWER compares with."""
    return {"boot": {"S": mark.boot}, "seq": {"N": str(mark.seq)}, "sent": {"N": str(mark.sent)}}


def replace(pair: table.Key, section: str, mark: Mark, stored: Any, *, create: bool) -> bool:
    """Put a packed section where it is newer, into an item that is there or, with `create`, is made; False when it is not newer."""
    client = clients.dynamodb()
    try:
        client.update_item(
            TableName=table.table(),
            Key=table.key(pair),
            UpdateExpression="SET #s = :value",
            ConditionExpression=NEWER if create else f"attribute_exists(pk) AND {NEWER}",
            ExpressionAttributeNames={"#s": section},
            ExpressionAttributeValues={":value": stored, **{f":{name}": value for name, value in values(mark).items()}},
        )
    except client.exceptions.ConditionalCheckFailedException:
        return False
    return True
