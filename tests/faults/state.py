"""What is in the AWS in memory: taken down, put back, and compared without regard to what is random in it."""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import Any

from fleet import aws

_RANDOM = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
"""Ids, hashes, sealed secrets. Names, states, numbers and versions are shorter, and are compared."""


@dataclass(frozen=True)
class Snapshot:
    """The items of the tables, by table and key."""

    items: dict[tuple[str, str, str], dict[str, Any]]

    @classmethod
    def taken(cls) -> Snapshot:
        items = {}
        for variable in ("FLEET_TABLE", "SERIES_TABLE"):
            table = aws.setting(variable)
            for page in aws.dynamodb().get_paginator("scan").paginate(TableName=table):
                items.update({(table, item["pk"]["S"], item["sk"]["S"]): dict(item) for item in page["Items"]})
        return cls(items)

    def restore(self) -> None:
        """Make the tables what they were, and the queues empty and without a memory of what went through them."""
        now = Snapshot.taken().items
        for pair in now.keys() - self.items.keys():
            aws.dynamodb().delete_item(TableName=pair[0], Key={"pk": {"S": pair[1]}, "sk": {"S": pair[2]}})
        for pair, item in self.items.items():
            if now.get(pair) != item:
                aws.dynamodb().put_item(TableName=pair[0], Item=item)
        for url in _queues():
            drained(url)
            if url.endswith(".fifo"):
                aws.sqs().delete_queue(QueueUrl=url)
                aws.sqs().create_queue(QueueName=url.rpartition("/")[2], Attributes={"FifoQueue": "true"})


def quiet() -> None:
    """Make the fleet table anew without its stream: the AWS in memory copies all that went through it with each transaction."""
    before, name = Snapshot.taken(), aws.setting("FLEET_TABLE")
    told: Any = aws.dynamodb().describe_table(TableName=name)["Table"]
    aws.dynamodb().delete_table(TableName=name)
    kept = {part: told[part] for part in ("TableName", "KeySchema", "AttributeDefinitions")}
    aws.dynamodb().create_table(**kept, BillingMode="PAY_PER_REQUEST")
    before.restore()


def world() -> Counter[str]:
    """All items and messages there are, each as a text without its random parts. It empties the queues.

    A message that nobody may process counts once, however often it was put aside: that queue is for people to look at.
    """
    found = Counter(_item(pair[0], item) for pair, item in Snapshot.taken().items.items())
    for url in _queues():
        name = url.rpartition("/")[2]
        messages = [f"{_masked(name)} {_masked(body)}" for body in drained(url)]
        found.update(set(messages) if name == "UplinkDeadLetters" else messages)
    return found


def drained(url: str) -> list[str]:
    """The bodies of all messages of a queue, taken out."""
    bodies = []
    while messages := aws.sqs().receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            bodies.append(message["Body"])
            aws.sqs().delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return bodies


def _queues() -> list[str]:
    return aws.sqs().list_queues().get("QueueUrls", [])


def _item(table: str, item: dict[str, Any]) -> str:
    return f"{table} {_masked(json.dumps(_clear(item), sort_keys=True))}"


def _clear(value: Any) -> Any:
    """Packed sections unpacked, so that what is random in them can be seen."""
    if isinstance(value, bytes):
        return zlib.decompress(value).decode()
    if isinstance(value, dict):
        return {name: _clear(member) for name, member in value.items()}
    return value


def _masked(text: str) -> str:
    """The text with `*` for each word that looks random: a dozen characters or more, with a digit or of both cases."""

    def mask(found: re.Match[str]) -> str:
        word = found[0]
        return word if word.isalpha() and (word.islower() or word.isupper() or word.istitle()) else "*"

    return _RANDOM.sub(mask, text)
