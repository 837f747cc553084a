"""A process that does random operations on the registry of a site, one after the other, and writes a line for each into a file.

It can be told to halt in the middle of a transaction.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fleet.aws import clients
from tests.cloud.halting import halt_in
from tests.harness.random_registry import RandomRegistry, Site

_cancelled: list[str] = []


def _count(parsed: Mapping[str, Any], **_: Any) -> None:
    if "Error" in parsed:
        _cancelled.append(parsed["Error"]["Code"])


def main(site: str, seed: str, operations: str, log: str, halt_after: str = "", where: str = "", told: str = "") -> None:
    """Each line has the operation's name, whether it was carried out, and how many transactions were cancelled meanwhile.

    With `halt_after` it halts in a transaction behind so many operations.
    """
    written = 0
    if halt_after:
        halt_in(lambda body: written >= int(halt_after), where, told)
    clients.dynamodb().meta.events.register("after-call.dynamodb.TransactWriteItems", _count)
    registry = RandomRegistry(Site(**json.loads(site)), random.Random(seed))
    with Path(log).open("a", buffering=1) as lines:
        for _ in range(int(operations)):
            name, done = registry.act()
            lines.write(f"{name} {int(done)} {len(_cancelled)}\n")
            _cancelled.clear()
            written += 1


if __name__ == "__main__":
    main(*sys.argv[1:])
