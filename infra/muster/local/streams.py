"""Reads the stream of a table: all shards, in order, from the last checkpoint."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

POSITIONS = "MUSTER_POSITIONS"
"""The environment variable with the folder for checkpoints."""
_LOOK_AGAIN = 30.0
"""Seconds between two listings of the shards."""
_GONE = ("TrimmedDataAccessException", "ExpiredIteratorException", "ResourceNotFoundException")


@dataclass(frozen=True)
class Batch:
    """Records of one shard, as boto3 returns them."""

    shard: str
    records: Sequence[Mapping[str, Any]]

    @property
    def last(self) -> str:
        return str(self.records[-1]["dynamodb"]["SequenceNumber"])


class Stream:
    """A table's stream. `checkpoint` records what was read; with a file, it survives the process."""

    def __init__(self, arn: str, checkpoint: Path | None = None, *, only_new: bool = False) -> None:
        self.arn = arn
        self._client = boto3.client("dynamodbstreams")
        self._checkpoint, self._only_new = checkpoint, only_new
        self._done: dict[str, str] = self._load()
        self._iterators: dict[str, str] = {}
        self._ended: set[str] = set()
        self._looked = -_LOOK_AGAIN
        self._write()

    def read(self, most: int) -> Iterator[Batch]:
        """One batch of each shard that has records; does not block."""
        if time.monotonic() - self._looked >= _LOOK_AGAIN:
            self._look()
        for shard, iterator in list(self._iterators.items()):
            try:
                answer = self._client.get_records(ShardIterator=iterator, Limit=most)
            except ClientError as error:
                if error.response["Error"]["Code"] not in _GONE:
                    raise
                self._iterators[shard] = self._iterator(shard)
                continue
            if answer["Records"]:
                yield Batch(shard, answer["Records"])
            self._advance(shard, answer.get("NextShardIterator"))

    def checkpoint(self, batch: Batch) -> None:
        """Record a checkpoint after this batch."""
        self._done[batch.shard] = batch.last
        self._write()

    def _write(self) -> None:
        """Write the position to the file: from the start on, since the local cloud deletes records that all readers have passed."""
        if self._checkpoint:
            self._checkpoint.parent.mkdir(parents=True, exist_ok=True)
            part = self._checkpoint.with_suffix(".part")
            part.write_text(json.dumps({"stream": self.arn, "done": self._done}))
            part.replace(self._checkpoint)

    def _load(self) -> dict[str, str]:
        if self._checkpoint is None or not self._checkpoint.exists():
            return {}
        stored = json.loads(self._checkpoint.read_text())
        return dict(stored["done"]) if stored["stream"] == self.arn else {}

    def _advance(self, shard: str, iterator: str | None) -> None:
        if iterator:
            self._iterators[shard] = iterator
        else:
            del self._iterators[shard]
            self._ended.add(shard)
            self._looked = -_LOOK_AGAIN

    def _look(self) -> None:
        """Open new shards, a child only when its parent is exhausted."""
        shards = {shard["ShardId"]: shard.get("ParentShardId") for shard in self._shards()}
        for shard, parent in shards.items():
            if shard not in self._iterators and shard not in self._ended and (parent not in shards or parent in self._ended):
                self._iterators[shard] = self._iterator(shard)
        self._looked, self._only_new = time.monotonic(), False

    def _shards(self) -> Iterator[Mapping[str, Any]]:
        more: dict[str, str] = {}
        while True:
            description = self._client.describe_stream(StreamArn=self.arn, **more)["StreamDescription"]
            yield from description.get("Shards", [])
            if not (last := description.get("LastEvaluatedShardId")):
                return
            more = {"ExclusiveStartShardId": last}

    def _iterator(self, shard: str) -> str:
        """An iterator after the checkpoint, or from the oldest record when the checkpoint has expired."""
        where = {"ShardIteratorType": "LATEST" if self._only_new else "TRIM_HORIZON"}
        if shard in self._done:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._done[shard]}
        try:
            return str(self._client.get_shard_iterator(StreamArn=self.arn, ShardId=shard, **where)["ShardIterator"])
        except ClientError as error:
            if error.response["Error"]["Code"] not in _GONE:
                raise
            oldest = {"ShardIteratorType": "TRIM_HORIZON"}
            return str(self._client.get_shard_iterator(StreamArn=self.arn, ShardId=shard, **oldest)["ShardIterator"])
