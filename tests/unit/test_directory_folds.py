"""How much a fold reads and takes, where much is recent or rows are large."""

from __future__ import annotations

import math
import random
from itertools import pairwise

from fleet.access import EVERYWHERE
from fleet.aws.writes import transact
from fleet.directory.directory import RECENT, Directory
from fleet.directory.fold import fold, fold_until
from fleet.directory.segments import Sizes
from tests.harness.aws import partition
from tests.harness.directories import Note
from tests.harness.interference import before_each_request
from tests.harness.meter import Meter
from tests.harness.notes import NOTES, OWNER, Oracle, note


def test_a_fold_takes_no_more_bytes_than_a_transaction_has(cloud: dict[str, str]) -> None:
    """What a transaction deletes counts as a whole: rows of devices with many long names have a hundred kilobytes each."""
    notes, sizes = Directory("note", Note, Sizes(recent=1)), list[int]()
    rows = [note(number, text="n" * 200_000) for number in range(50)]
    for row in rows:
        transact(notes.put_writes(EVERYWHERE, OWNER, row))

    def measure() -> None:
        sizes.append(sum(len(item["row"]["S"]) for item in partition("FleetTable", notes.key(OWNER)[0]) if "row" in item))

    with before_each_request("TransactWriteItems", measure):
        fold_until(EVERYWHERE, notes, OWNER, math.inf)
    assert max(before - after for before, after in pairwise([*sizes, 0])) <= 4 * 1024 * 1024
    assert notes.rows(EVERYWHERE, OWNER) == rows


def test_a_fold_reads_what_it_takes_however_much_is_recent(cloud: dict[str, str]) -> None:
    oracle = Oracle(random.Random(1))
    for _ in range(250):
        oracle.act()
    few = NOTES.read(EVERYWHERE, OWNER, RECENT, 5)
    every = NOTES.read(EVERYWHERE, OWNER, RECENT)
    assert (few.recent, few.spine) == (every.recent[:5], every.spine)
    assert len(every.recent) > 2 * NOTES.sizes.taken
    with Meter() as meter:
        assert fold(EVERYWHERE, NOTES, OWNER)
    assert meter.requests[:2] == ["Query", "Query"]
    assert NOTES.rows(EVERYWHERE, OWNER) == oracle.rows
