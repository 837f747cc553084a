"""Trims botocore's service descriptions to the operations that functions may call: each cold start loads them."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fleet.grants import Grant

Operations = Mapping[str, frozenset[str]]
"""The operations of each service, as botocore names both."""
_SHARED = ("_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json")
_OWN = ("service-2", "endpoint-rule-set-1")
_BESIDE = {"s3": frozenset({"HeadBucket"})}
"""Operations that botocore itself calls: the region of a bucket after a redirect."""
_ALSO = {
    "s3:GetObject": frozenset({"HeadObject"}),
    "s3:PutObject": frozenset({"CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"}),
    "sqs:SendMessage": frozenset({"SendMessageBatch"}),
}
"""Operations that need the permission of another one."""
_CLIENTS = {"ses": "sesv2"}
"""The services of botocore that are called otherwise than the prefix of their actions."""
_ENDPOINTS = {"sesv2": "email"}
"""How the rules of endpoints call a service that is called otherwise."""
_WRITES = {"PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"}
_NOT_CALLS = {"ConditionCheckItem"}


def operations(grants: Iterable[Grant]) -> Operations:
    """The operations that these grants allow. A transaction needs the actions of its parts."""
    found: dict[str, set[str]] = {}
    for grant in grants:
        service, _, action = grant.action.partition(":")
        calls = found.setdefault(_CLIENTS.get(service, service), set())
        calls |= {action} - _NOT_CALLS
        calls |= _ALSO.get(grant.action, frozenset())
        if service == "dynamodb" and action in _WRITES:
            calls.add("TransactWriteItems")
    return {service: frozenset(calls | _BESIDE.get(service, frozenset())) for service, calls in sorted(found.items())}


def trim(data: Path, wanted: Operations) -> None:
    """Cut the `data` folder of a botocore down to these operations, the newest version of each service."""
    for path in list(data.iterdir()):
        if path.name not in wanted and path.name not in _SHARED:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    for service, calls in wanted.items():
        *older, newest = sorted(path for path in (data / service).iterdir() if path.is_dir())
        for version in older:
            shutil.rmtree(version)
        _trim_service(newest, calls)
    _rewrite(data / "endpoints.json", lambda whole: _endpoints(whole, wanted))


def _trim_service(folder: Path, calls: frozenset[str]) -> None:
    for path in list(folder.iterdir()):
        name = path.name.partition(".json")[0]
        if name not in _OWN:
            path.unlink()
        elif name == "service-2":
            _rewrite(path, lambda whole: service(whole, calls))
        else:
            _rewrite(path, dict)


def _rewrite(path: Path, change: Any) -> None:
    """Write the changed content as plain JSON, which loads faster than gzip."""
    whole = json.loads(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
    path.unlink()
    path.with_suffix("" if path.suffix == ".gz" else ".json").write_text(json.dumps(change(whole), separators=(",", ":")))


def service(whole: Mapping[str, Any], calls: frozenset[str]) -> dict[str, Any]:
    """A service's description with these operations and the shapes that they reach. KeyError names an unknown operation."""
    descriptions = {name: _plain(whole["operations"][name]) for name in sorted(calls)}
    shapes = whole["shapes"]
    reached: dict[str, Any] = {}
    todo = [name for operation in descriptions.values() for name in _shape_names(operation)]
    while todo:
        name = todo.pop()
        if name not in reached:
            reached[name] = _plain(shapes[name])
            todo.extend(_shape_names(reached[name]))
    about = {name: value for name, value in whole.items() if name != "documentation"}
    return {**about, "operations": descriptions, "shapes": dict(sorted(reached.items()))}


def _shape_names(part: Any) -> Iterator[str]:
    """The shapes that a part of a description refers to."""
    if isinstance(part, Mapping):
        for name, value in part.items():
            if name == "shape" and isinstance(value, str):
                yield value
            else:
                yield from _shape_names(value)
    elif isinstance(part, list):
        for each in part:
            yield from _shape_names(each)


def _plain(part: Any) -> Any:
    """Without documentation members, which botocore does not read in operations and shapes."""
    if isinstance(part, Mapping):
        return {name: _plain(value) for name, value in part.items() if not (name == "documentation" and isinstance(value, str))}
    return [_plain(each) for each in part] if isinstance(part, list) else part


def _endpoints(whole: Mapping[str, Any], wanted: Operations) -> dict[str, Any]:
    """The endpoint rules of these services in every partition."""
    names = {_ENDPOINTS.get(service, service) for service in wanted}
    partitions = [
        {**partition, "services": {name: value for name, value in partition["services"].items() if name in names}}
        for partition in whole["partitions"]
    ]
    return {**whole, "partitions": partitions}
