"""Records every request that boto signs, including presigned URLs, and compares what they needed with what was declared."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote

from fleet.aws import clients
from fleet.grants import Grant
from tests.harness import limits
from tests.harness.aws import queue_variable

_RESOURCES = (
    "FleetTable",
    "SeriesTable",
    "FilesBucket",
    "FleetKey",
    "CredentialSecret",
    "LinkSecret",
    "PagingSecret",
    "SignInSecret",
    "UplinkSecret",
    "UplinkQueue",
    "UplinkRefusedDeadLetters",
    "UplinkFailedDeadLetters",
    "FileEvents",
    "StreamDeadLetters",
    "Callbacks",
    "Downlinks",
    "Folds",
    "Jobs",
    "Mail",
)
_ACTIONS = {"sqs:SendMessageBatch": "sqs:SendMessage"}
"""The action that IAM asks for, where it is not called as the request is."""
_S3 = {"HeadObject": "GetObject", **dict.fromkeys(("CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"), "PutObject")}
"""Operations of S3 that need the permission of another one."""
_WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}


_PARTITION = re.compile(r"\bpk = (:\w+)")


def differences(needed: Iterable[Grant], declared: Iterable[Grant]) -> list[str]:
    """What was needed and is not declared, and what is declared and was not needed; both with the partition keys of tables."""
    needed, declared = set(needed), set(declared)
    missing = {grant for grant in needed if not any(covers(each, grant) for each in declared)}
    unused = {each for each in declared if not any(covers(each, grant) for grant in needed)}
    return [f"not declared: {_text(grant)}" for grant in sorted(missing)] + [f"never used: {_text(each)}" for each in sorted(unused)]


def covers(declared: Grant, needed: Grant) -> bool:
    """Whether IAM would allow the one by the other: the same action on the same resource, on a partition key like the pattern."""
    same = (declared.resource, declared.action) == (needed.resource, needed.action)
    return same and fnmatchcase(needed.keys, declared.keys)


def without_keys(grants: Iterable[Grant]) -> set[Grant]:
    """The grants without the partition keys: which actions on which resources."""
    return {replace(grant, keys="") for grant in grants}


def _text(grant: Grant) -> str:
    return " ".join(part for part in (grant.resource, grant.action, grant.keys) if part)


class Recorder:
    """`grants` are the permissions that were needed, of a table with the partition key of the request in place of a pattern;
    `requests` the requests that were sent (not presigned URLs).
    """

    def __init__(self) -> None:
        self.grants: set[Grant] = set()
        self.requests: list[str] = []

    def __enter__(self) -> Recorder:
        _listening.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _listening.remove(self)

    def clear(self) -> None:
        self.grants.clear()
        self.requests.clear()

    def sign(self, request: Any, signing_name: str, signature_version: str, operation_name: str, **_: Any) -> None:
        if not signature_version.endswith("-query"):
            self.requests.append(f"{signing_name}:{operation_name}")
        self.grants.update(_grants(signing_name, operation_name, request))


def listen() -> None:
    """Notify open recorders of the requests of all clients of the session: of a new one where a test has dropped it."""
    if _sessions and _sessions[-1] is clients.session():
        return
    clients.forget()
    _sessions[:] = [clients.session()]

    def tell(**aws_requests: Any) -> None:
        for recorder in _listening:
            recorder.sign(**aws_requests)

    clients.session().events.register("before-sign.*.*", tell, unique_id="recorders")
    clients.session().events.register("provide-client-params.sqs.SendMessage", limits.check_message, unique_id="message-limits")
    clients.session().events.register("provide-client-params.sqs.SendMessageBatch", limits.check_batch, unique_id="batch-limits")
    clients.session().events.register("provide-client-params.dynamodb.BatchGetItem", limits.check_keys, unique_id="key-limits")


_sessions: list[Any] = []
_listening: list[Recorder] = []


def _grants(service: str, operation: str, request: Any) -> Iterator[Grant]:
    body = request.data if isinstance(request.data, str | bytes) else ""
    asked: dict[str, Any] = json.loads(body) if body and service != "s3" and body[:1] in ("{", b"{") else {}
    if service == "dynamodb":
        yield from _of_tables(operation, asked)
    elif service == "s3":
        path = unquote(request.url.split("?")[0]).split("/", 4)
        action = _S3.get(operation, operation)
        yield Grant(f"FilesBucket/{path[4].split('/')[0]}/*" if len(path) > 4 else "FilesBucket", f"s3:{action}")
    elif service == "ses":
        yield Grant("MailIdentity", f"ses:{operation}")
    elif service == "sts":
        role = "MediaRole" if request.data.get("RoleArn") == os.environ["MEDIA_ROLE"] else "DownloadRole"
        yield Grant(role, f"sts:{operation}")
    else:
        name = next((asked[part] for part in ("TableName", "QueueUrl", "SecretId", "KeyId") if part in asked), "")
        action = f"{service}:{operation}"
        yield Grant(_logical(name), _ACTIONS.get(action, action))


def _of_tables(operation: str, asked: Mapping[str, Any]) -> Iterator[Grant]:
    if operation == "TransactWriteItems":
        for item in asked["TransactItems"]:
            ((kind, write),) = item.items()
            yield Grant(_logical(write["TableName"]), f"dynamodb:{_WRITES[kind]}", _partition(write))
    elif operation == "BatchGetItem":
        for name, of_table in asked["RequestItems"].items():
            for key in of_table["Keys"]:
                yield Grant(_logical(name), "dynamodb:BatchGetItem", key["pk"]["S"])
    elif operation == "BatchWriteItem":
        for name, requests in asked["RequestItems"].items():
            for request in requests:
                ((kind, write),) = request.items()
                yield Grant(_logical(name), "dynamodb:BatchWriteItem", _partition(write))
    else:
        yield Grant(_logical(asked["TableName"]), f"dynamodb:{operation}", _partition(asked))


def _partition(request: Mapping[str, Any]) -> str:
    """The partition key of a request on one item or one partition; KeyError for one without, such as a scan."""
    if "KeyConditionExpression" in request:
        found = _PARTITION.search(request["KeyConditionExpression"])
        assert found, request["KeyConditionExpression"]
        value: str = request["ExpressionAttributeValues"][found[1]]["S"]
        return value
    key: str = (request.get("Key") or request["Item"])["pk"]["S"]
    return key


def _logical(name: str) -> str:
    """The logical name of a resource, from the name in a request; "?" for an unknown one."""
    known = next((resource for resource in _RESOURCES if os.environ[queue_variable(resource)] == name), None)
    return known or ("DownlinkQueues" if name.endswith(".fifo") else "?")
