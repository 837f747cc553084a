"""Snapshots of the AWS in memory: restored, and compared without their random parts.

A gateway's queue is compared twice: by all messages in it, whatever their order; and by what a gateway that takes them one after the
other has carried out last of each subject, when it drops what is older than what it has handled (device-plane.md 4).

It reads the AWS in memory directly instead of by requests: there are thousands of trials.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from boto3.dynamodb.types import Binary, TypeDeserializer
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import FakeKey

from fleet.aws import queues
from fleet.directory.directory import PREFIX as DIRECTORIES
from muster.simulate.sequence import Sequence
from tests.harness.aws import REGION, restore, restore_secrets, secrets, snapshot
from tests.harness.directories import listed

_RANDOM = re.compile(r"(?P<word>[A-Za-z0-9+/_-]{12,}={0,2})|(?<=#)[0-9a-f]{8}(?!\w)|(?<=wdk_)\w{4}")
"""Ids, hashes, sealed secrets. Names, states, numbers and versions are shorter, and are compared."""
_INTERNAL = {name for queue in queues.QUEUES for name in (queue, f"{queue}.fifo")}
_COUNTERS = "COUNTS#"
"""Counters of devices, which are not exact (`fleet.telemetry.counts`): they only have to be there."""
_ONCE = {"UplinkRefusedDeadLetters", *_INTERNAL}
"""Queues whose messages do no harm when they come twice: one for people to look at, and those whose workers bear it."""


def _memory(service: Any) -> Any:
    return get_backend(service)[DEFAULT_ACCOUNT_ID][REGION]


def _files() -> Any:
    return get_backend("s3")[DEFAULT_ACCOUNT_ID]["aws"].buckets["files"].keys


@dataclass(frozen=True)
class Snapshot:
    """The contents of the tables by name, and the files with their times."""

    tables: dict[str, Any]
    files: dict[str, tuple[bytes, datetime]]
    secrets: dict[str, str]

    @classmethod
    def take(cls) -> Snapshot:
        return cls(snapshot(), {name: (file.value, file.last_modified) for name, file in _files().items()}, secrets())

    def restore(self) -> None:
        """Restore tables and files, and empty the queues and their deduplication history."""
        restore(self.tables)
        restore_secrets(self.secrets)
        for queue in _memory("sqs").queues.values():
            queue._messages = []
        for name in list(_files()):
            _files().pop(name)
        for name, (content, modified) in self.files.items():
            _files()[name] = FakeKey(name, content, DEFAULT_ACCOUNT_ID, REGION, bucket_name="files")
            _files()[name].last_modified = modified


def world() -> Counter[str]:
    """All items, files and messages, each as text without its random parts.

    A message that may come twice counts once, however often it was sent.
    """
    found = Counter([*_items(), *(_file(name, file.value) for name, file in _files().items())])
    for name, queue in _memory("sqs").queues.items():
        messages = [f"{_masked(name)} {_masked(message.body)}" for message in queue._messages]
        found.update(set(messages) if name in _ONCE else messages)
        if name.endswith(".fifo") and name not in _INTERNAL:
            found.update(f"{_masked(name)} ends with {_masked(each)}" for each in _carried_out(message.body for message in queue._messages))
    return found


def _file(name: str, content: bytes) -> str:
    """A file as text. The log of a patch says what its own request has found: the one that is repeated finds devices as they are to be."""
    return f"files {_masked(name)} {b'' if name.startswith('joblogs/') else content!r}"


def _carried_out(bodies: Iterable[str]) -> Iterator[str]:
    """What a gateway that takes these messages has carried out last of each subject, as text."""
    sequence, last = Sequence(), dict[str, str]()
    for message in map(json.loads, bodies):
        for subject, payload in _subjects(message):
            if sequence.takes(subject, message["number"]):
                last[subject] = json.dumps(payload, sort_keys=True)
    yield from (f"{subject}: {payload}" for subject, payload in last.items())


def _subjects(message: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The subjects of a message, and what it has for each."""
    payload = message["payload"]
    if message["type"] == "thingsee.commands":
        yield from ((f"{each['tsmDstTuid']} {each['tsmId']}", each) for each in payload["messages"])
    elif message["type"] == "config.desired":
        yield f"config.desired {payload['section']}", payload
    elif message["type"] == "location.config" or message["type"].startswith("action."):
        yield message["type"], payload


def _items() -> Iterator[str]:
    for name, table in _memory("dynamodb").tables.items():
        for partition in table.items.values():
            pk = next(iter(partition.values())).hash_key.value if partition else ""
            if pk.startswith(DIRECTORIES):
                yield from (f"{pk} {_masked(json.dumps(row))}" for row in listed(pk))
                continue
            if pk.startswith(_COUNTERS):
                yield f"counters of {pk}"
                continue
            for item in partition.values():
                clear = {attribute: _clear(value) for attribute, value in item.to_json()["Attributes"].items()}
                yield f"{name} {_masked(json.dumps(clear, sort_keys=True, default=str))}"


def _clear(typed: Any) -> Any:
    """A value without its type, with packed sections unpacked so that their random parts can be masked."""
    value = TypeDeserializer().deserialize(typed)
    return _unpacked(value)


def _unpacked(value: Any) -> Any:
    if isinstance(value, Binary):
        packed: Any = value
        return zlib.decompress(packed.value).decode()
    if isinstance(value, dict):
        return {name: _unpacked(member) for name, member in value.items()}
    return value


def _masked(text: str) -> str:
    """The text with `*` for each word that looks random: at least twelve characters, with a digit or mixed case, or where ids are."""

    def mask(found: re.Match[str]) -> str:
        word = found["word"]
        return word if word and word.isalpha() and (word.islower() or word.isupper() or word.istitle()) else "*"

    return _RANDOM.sub(mask, text)
