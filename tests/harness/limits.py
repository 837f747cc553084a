"""Limits of AWS that moto does not enforce: a message of SQS is counted in bytes with its attributes, a key of DynamoDB is short."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tests.harness.aws import largest_message

_FORBIDDEN = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
_BATCH = 256 * 1024
"""Bytes of a batch that every SQS takes; where messages may be larger than Muster's, a batch may be too."""
_KEY = {"pk": 2048, "sk": 1024}
"""Bytes of a partition key and of a sort key."""


def check_message(params: Mapping[str, Any], **_: Any) -> None:
    """Refuse a message that SQS refuses."""
    attributes = params.get("MessageAttributes", {}).items()
    texts = [params["MessageBody"], *(part for name, value in attributes for part in (name, value["DataType"], value["StringValue"]))]
    if any(map(_FORBIDDEN.search, texts)):
        raise _refusal("InvalidMessageContents", "The message contains characters outside the allowed set", "SendMessage")
    most = largest_message(params["QueueUrl"])
    if most and sum(len(text.encode()) for text in texts) > most:
        raise _refusal("InvalidParameterValue", f"Message must be shorter than {most} bytes", "SendMessage")


def check_batch(params: Mapping[str, Any], **_: Any) -> None:
    """Refuse a batch that SQS refuses: it or a message of it is too large, or has what a queue of its kind does not take."""
    entries, ordered = params["Entries"], params["QueueUrl"].endswith(".fifo")
    if not 1 <= len(entries) <= 10:
        raise _refusal("TooManyEntriesInBatchRequest", "Maximum number of entries per request are 10", "SendMessageBatch")
    if sum(len(entry["MessageBody"].encode()) for entry in entries) > _BATCH:
        raise _refusal("BatchRequestTooLong", f"Batch requests cannot be longer than {_BATCH} bytes", "SendMessageBatch")
    for entry in entries:
        if ordered != ("MessageDeduplicationId" in entry) or (ordered and "DelaySeconds" in entry):
            raise _refusal("InvalidParameterValue", "A parameter is not valid for this type of queue", "SendMessageBatch")
        check_message({"QueueUrl": params["QueueUrl"], **entry})


def check_keys(params: Mapping[str, Any], **_: Any) -> None:
    """Refuse keys that DynamoDB refuses."""
    keys: Iterable[Mapping[str, Any]] = (key for table in params["RequestItems"].values() for key in table["Keys"])
    if any(len(key[name]["S"].encode()) > most for key in keys for name, most in _KEY.items()):
        raise _refusal("ValidationException", "The size of a key has exceeded the maximum", "BatchGetItem")


def _refusal(code: str, message: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)
