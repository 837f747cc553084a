"""The fleet table as the doctor reads it: all of it by scans, a few items in a consistent snapshot, and conditions on what was read.

Only here is the table scanned: what is deployed reads by key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.aws.backoff import attempts
from fleet.aws.reads import Found
from fleet.aws.table import Item, Key, key, table
from fleet.errors import TooMany
from fleet.registry import devices
from fleet.registry.device import Device
from fleet.registry.devices import Devices

CONTENT = ("org", "body", "version", "name", "kind", "sn", "tuid", "id", "device")
"""The attributes of rows that follow from devices. Any other, beside a card, is what the gateway reported."""
_FIELDS = ("pk", "sk", *CONTENT, "gateways", "devices", "ids")
_PREFIXES = ("DEVICE#", "SN#", "LOCATION#", "TUID#", "GROUP#", "ORG#", "UNIQUE#DEVICE-KEY#")
Content = Mapping[str, Any]


def scan() -> Iterator[tuple[Key, Item]]:
    """The items of the partitions that devices have a part in, without what gateways reported. Reads are consistent, each for itself."""
    request: dict[str, Any] = {
        "TableName": table(),
        "ConsistentRead": True,
        "FilterExpression": " OR ".join(f"begins_with(pk, :p{number})" for number, _ in enumerate(_PREFIXES)),
        "ExpressionAttributeValues": {f":p{number}": {"S": prefix} for number, prefix in enumerate(_PREFIXES)},
        "ProjectionExpression": ", ".join(f"#{name}" for name in _FIELDS),
        "ExpressionAttributeNames": {f"#{name}": name for name in _FIELDS},
    }
    for page in clients.dynamodb().get_paginator("scan").paginate(**request):
        for item in page["Items"]:
            yield (item["pk"]["S"], item["sk"]["S"]), item


def snapshot(pairs: Iterable[Key]) -> dict[Key, Item | None]:
    """The items of these keys, at most 100, as they were at one moment; None where nothing is stored.

    DynamoDB cancels such a read while a transaction writes one of the items. It is tried again; TooMany when that does not help.
    """
    wanted, client = list(dict.fromkeys(pairs)), clients.dynamodb()
    request: Any = [{"Get": {"TableName": table(), "Key": key(pair)}} for pair in wanted]
    for _ in attempts():
        try:
            answer = client.transact_get_items(TransactItems=request)
        except client.exceptions.TransactionCanceledException as error:
            codes = {reason.get("Code") for reason in error.response.get("CancellationReasons", [])}
            if "TransactionConflict" not in codes:
                raise
        else:
            return {pair: each.get("Item") or None for pair, each in zip(wanted, answer["Responses"], strict=True)}
    raise TooMany("The table is being changed too much at once: run the command again")


def device_of(pair: Key, item: Item | None) -> Device | None:
    """The device that an item is."""
    return Devices.even_deleted(pair[0].partition("#")[2]).optional().parse(EVERYWHERE, Found([pair], {} if item is None else {pair: item}))


def devices_in(seen: Mapping[Key, Item | None]) -> dict[str, Device | None]:
    """The devices of a snapshot by id; None for one that is not there."""
    return {pk.partition("#")[2]: device_of((pk, sk), item) for (pk, sk), item in seen.items() if sk == devices.key("")[1]}


def content(item: Item | None) -> Content | None:
    """Those attributes of a row that follow from a device; None where there is no row."""
    return None if item is None else {name: item[name] for name in CONTENT if name in item}


def plain(typed: Content | None) -> dict[str, Any] | None:
    """Attributes without their types, for people; entities as objects."""
    if typed is None:
        return None
    values = {name: next(iter(value.values())) for name, value in typed.items()}
    return {name: _loaded(value) if name == "body" else value for name, value in values.items()}


def _loaded(body: str) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body


def named_in(pair: Key, item: Item | None) -> str | None:
    """The id of the device that a row names, or None."""
    if item is None:
        return None
    if pair[0].endswith(("#DEVICES", "#DELETED")):
        return pair[1]
    for name in ("id", "device"):
        if name in item:
            return item[name]["S"]
    body = _loaded(item["body"]["S"]) if "body" in item else None
    return str(body["id"]) if isinstance(body, dict) and "id" in body else None


def still(seen: Content) -> tuple[str, dict[str, str], dict[str, Any]]:
    """The condition that a row has the content that was seen, with its names and values."""
    parts = [f"#{name} = :seen_{name}" if name in seen else f"attribute_not_exists(#{name})" for name in CONTENT]
    condition = " AND ".join(["attribute_exists(pk)", *parts])
    return condition, {f"#{name}": name for name in CONTENT}, {f"seen_{name}": value for name, value in seen.items()}
