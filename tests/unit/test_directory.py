"""A directory of an organization's objects, held against a plain dictionary of them."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest

from fleet.access import EVERYWHERE, Reach
from fleet.aws.writes import Write, transact
from fleet.directory.directory import RECENT, SEGMENT, Directory
from fleet.directory.fold import fold
from fleet.directory.segments import Sizes
from fleet.errors import NotAllowed, NotFound, Stale, TooMany
from tests.harness.aws import partition, restore, snapshot
from tests.harness.directories import SMALL, Crash, Note, crashing, item_by_item, load
from tests.harness.interference import before_first_request
from tests.harness.meter import Meter
from tests.harness.notes import NOTES, OWNER, Oracle, note
from tests.harness.sizes import size

SEEDS = range(size(3, 20))


def check(oracle: Oracle, pages: int = 1) -> None:
    """All rows, and some pages: exact content and count, in at most three requests a page."""
    rows = oracle.rows
    assert NOTES.rows(EVERYWHERE, OWNER) == rows
    for _ in range(pages):
        offset, limit, newest = oracle.chance.randrange(len(rows) + 3), oracle.chance.randrange(7), oracle.chance.random() < 0.5
        with Meter() as meter:
            found = NOTES.page(EVERYWHERE, OWNER, offset, limit, newest_first=newest)
        assert (list(found.rows), found.total) == ((rows[::-1] if newest else rows)[offset : offset + limit], len(rows))
        assert len(meter.requests) <= 3


def fold_all(crash: random.Random | None = None) -> None:
    """Fold until few rows are recent, as the worker does: after a crash from the beginning."""
    while True:
        try:
            with crashing(crash.randrange(40) if crash else 10**6):
                if not fold(EVERYWHERE, NOTES, OWNER):
                    return
        except Crash:
            pass


@pytest.fixture
def oracle(cloud: dict[str, str], request: pytest.FixtureRequest) -> Oracle:
    return Oracle(random.Random(getattr(request, "param", 1)))


def filled(oracle: Oracle, steps: int) -> Oracle:
    for _ in range(steps):
        oracle.act()
    return oracle


@pytest.mark.slow
@pytest.mark.parametrize("oracle", SEEDS, indirect=True)
def test_lists_are_exact_whatever_happens(oracle: Oracle) -> None:
    for step in range(size(150, 900)):
        oracle.act()
        if step % 15 == 14:
            fold_all(oracle.chance)
        if step % 4 == 3:
            check(oracle)
    fold_all()
    check(oracle, pages=10)


@pytest.mark.slow
def test_a_fold_may_end_anywhere(oracle: Oracle) -> None:
    """After each of its requests in turn. What it leaves is right, and a later fold deletes what nobody reads."""
    filled(folded(oracle), 30)
    before, left = snapshot(), 0
    for step in range(100):
        restore(before)
        try:
            with crashing(step) as made:
                fold(EVERYWHERE, NOTES, OWNER)
        except Crash:
            check(oracle)
            left += bool(unnamed())
            if step % 5 == 4:
                later = copy.deepcopy(oracle)
                for _ in range(NOTES.sizes.sweep):
                    folded(later)
                assert unnamed() == set()
                check(later)
        else:
            break
    assert set(made) == {"Query", "BatchGetItem", "PutItem", "TransactWriteItems", "DeleteItem"}
    assert left > 5


def unnamed() -> set[str]:
    """The segments that the spine does not name."""
    named = {SEGMENT + each.key for each in NOTES.read(EVERYWHERE, OWNER, RECENT).spine.segments}
    return {sk for sk in keys() if sk.startswith(SEGMENT)} - named


def keys() -> set[str]:
    return {item["sk"]["S"] for item in partition("FleetTable", NOTES.key(OWNER)[0])}


def folded(oracle: Oracle) -> Oracle:
    filled(oracle, 60)
    fold_all()
    return oracle


def fold_once() -> None:
    for number in range(9000, 9000 + NOTES.sizes.recent + 1):  # rows that come and go, so that there is something to fold
        transact(NOTES.gone_writes(EVERYWHERE, OWNER, note(number).order, 2))
    assert fold(EVERYWHERE, NOTES, OWNER)


@pytest.mark.slow
def test_a_fold_in_the_middle_of_a_read_hides_nothing(oracle: Oracle) -> None:
    """Before each item of a Query in turn."""
    filled(folded(oracle), 14)
    before, rows = snapshot(), oracle.rows
    reads: list[Callable[[], Sequence[Note]]] = [
        lambda: NOTES.rows(EVERYWHERE, OWNER),
        lambda: NOTES.page(EVERYWHERE, OWNER, 0, len(rows)).rows,
    ]
    for read in reads:
        for moment in range(100):
            restore(before)
            acted = list[bool]()

            with item_by_item(folding(moment, acted)):
                assert read() == rows
            if not acted:
                break
            assert acted == [True]
        assert moment > 12


def folding(moment: int, acted: list[bool]) -> Callable[[int], None]:
    """Folds at the request of this number, and notes in `acted` that it did."""

    def act(number: int) -> None:
        if number == moment:
            acted.append(fold(EVERYWHERE, NOTES, OWNER))

    return act


@pytest.mark.parametrize("gone", [False, True])
def test_a_recent_row_of_an_earlier_version_does_not_count(cloud: dict[str, str], gone: bool) -> None:
    """It was read before a later one was written and folded."""
    later = note(1, version=3)
    load(NOTES, OWNER, [note(0), later, note(2)])
    earlier = later._replace(version=2, text="earlier")
    transact(NOTES.gone_writes(EVERYWHERE, OWNER, later.order, 2) if gone else NOTES.put_writes(EVERYWHERE, OWNER, earlier))
    assert NOTES.rows(EVERYWHERE, OWNER) == NOTES.page(EVERYWHERE, OWNER, 0, 9).rows == [note(0), later, note(2)]


def test_the_keys_are_read_in_this_order() -> None:
    """Recent rows before the spine: what a fold moves in between is seen twice. The other way round it would be lost."""
    assert SEGMENT < RECENT < NOTES.key(OWNER)[1]
    assert not NOTES.key(OWNER)[1].startswith(RECENT)


def test_a_page_is_read_again_when_a_fold_deletes_its_segments(oracle: Oracle) -> None:
    filled(folded(oracle), 18)
    with before_first_request("BatchGetItem", fold_once):
        page = NOTES.page(EVERYWHERE, OWNER, 0, 100)
    assert (list(page.rows), page.total) == (oracle.rows, len(oracle.rows))


def test_a_list_of_which_a_segment_is_missing_is_refused(oracle: Oracle) -> None:
    folded(oracle)
    transact([Write.delete(NOTES.key(OWNER, next(sk for sk in sorted(keys()) if sk.startswith(SEGMENT))))])
    with pytest.raises(TooMany):
        NOTES.rows(EVERYWHERE, OWNER)
    with pytest.raises(TooMany):
        NOTES.page(EVERYWHERE, OWNER, 0, 1)


def test_what_changes_during_a_fold_stays_recent(oracle: Oracle) -> None:
    filled(folded(oracle), 30)
    changed = list[str]()

    def change() -> None:
        for number in list(oracle.there)[:3]:
            row = oracle.there[number]._replace(version=oracle.there[number].version + 1, text="newer")
            oracle.put(number, row)
            changed.append(RECENT + row.order)

    with before_first_request("TransactWriteItems", change):
        assert fold(EVERYWHERE, NOTES, OWNER)
    assert set(changed) <= keys()
    check(oracle)


def test_of_two_folds_one_gives_way(oracle: Oracle) -> None:
    filled(folded(oracle), 30)
    with before_first_request("TransactWriteItems", fold_once), pytest.raises(Stale):
        fold(EVERYWHERE, NOTES, OWNER)
    check(oracle)


def test_few_recent_rows_are_left_alone(oracle: Oracle) -> None:
    for _ in range(NOTES.sizes.recent):
        oracle.create()
    with Meter() as meter:
        assert not fold(EVERYWHERE, NOTES, OWNER)
        page = NOTES.page(EVERYWHERE, OWNER, 3, 5)
    assert (meter.requests, list(page.rows), page.total) == (["Query", "Query"], oracle.rows[3:8], NOTES.sizes.recent)


@pytest.mark.slow
def test_segments_stay_within_their_sizes(oracle: Oracle) -> None:
    counts = list[int]()
    for step in range(400):
        (oracle.create if step < 200 else oracle.delete if step % 8 else oracle.change)()
        if step % 13 == 12:
            fold_all()
            spine = NOTES.read(EVERYWHERE, OWNER, RECENT).spine
            items = {item["sk"]["S"]: item for item in partition("FleetTable", NOTES.key(OWNER)[0])}
            for each in spine.segments:
                packed = items[SEGMENT + each.key]["packed"]["B"]
                assert each.count <= NOTES.sizes.rows
                assert len(bytes(packed)) <= NOTES.sizes.packed or each.count == 1
            counts.append(len(spine.segments))
    assert max(counts) >= 200 / NOTES.sizes.rows
    assert counts[-1] <= len(oracle.rows) / 2 + 2, "segments that have become small are joined"
    check(oracle)


class Longer(NamedTuple):
    """A Note of a later release."""

    order: str
    version: int
    text: str
    colour: str = "grey"


def test_a_column_that_rows_lack_has_its_default(oracle: Oracle) -> None:
    filled(folded(oracle), 5)
    assert Directory("note", Longer, SMALL).rows(EVERYWHERE, OWNER) == [Longer(*row) for row in oracle.rows]


def test_a_row_as_large_as_an_item_has_a_segment_of_its_own(cloud: dict[str, str]) -> None:
    notes = Directory("note", Note, Sizes(recent=1))
    chance = random.Random(1)
    rows = [note(number, text=f"{chance.getrandbits(4 * 380_000):x}") for number in range(3)]
    for row in rows:
        transact(notes.put_writes(EVERYWHERE, OWNER, row))
    assert fold(EVERYWHERE, notes, OWNER)
    assert [each.count for each in notes.read(EVERYWHERE, OWNER, RECENT).spine.segments] == [1, 1, 1]
    assert notes.rows(EVERYWHERE, OWNER) == rows


def test_only_who_reaches_an_organization_reads_and_writes(oracle: Oracle) -> None:
    filled(folded(oracle), 5)
    other, reader = Reach.of("another"), Reach.of("another", reads=[OWNER])
    reads: list[Callable[[Reach, str], object]] = [NOTES.rows, lambda reach, owner: NOTES.page(reach, owner, 0, 1)]
    for read in reads:
        with pytest.raises(NotFound):
            read(other, OWNER)
        assert read(reader, OWNER)
    for reach, error in ((other, NotFound), (reader, NotAllowed)):
        with pytest.raises(error):
            NOTES.put_writes(reach, OWNER, note(1))
        with pytest.raises(error):
            NOTES.gone_writes(reach, OWNER, note(1).order, 2)


def test_what_is_loaded_at_once_is_as_if_it_had_been_folded(cloud: dict[str, str]) -> None:
    rows = [note(number) for number in range(100)]
    load(NOTES, OWNER, rows)
    assert NOTES.rows(EVERYWHERE, OWNER) == rows
    assert NOTES.page(EVERYWHERE, OWNER, 97, 5).rows == rows[97:]
