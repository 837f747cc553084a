"""What directories cost: requests, read and write units by the meter, processor time compared with that of a plain loop."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import pytest

from fleet.access import EVERYWHERE
from fleet.directory.fold import fold
from fleet.directory.segments import pack, unpack
from fleet.registry.device_row import THERE, DeviceRow
from tests.harness.directories import change, device_rows, load
from tests.harness.meter import Meter
from tests.harness.timing import fastest

OWNER = "b8a1f5e2c3d4a5b6c7d8e9f0"
SMALL, LARGE = 1_000, 20_000
_ROWS: dict[int, list[DeviceRow]] = {}


def rows_of(count: int) -> list[DeviceRow]:
    return _ROWS.setdefault(count, device_rows(count))


def changed(rows: Sequence[DeviceRow], count: int, near: bool = False) -> list[DeviceRow]:
    """Rows anywhere in the directory, or neighbours."""
    chosen = rows[-count:] if near else random.Random(7).sample(rows, count)
    return [row._replace(version=9, updated=row.updated + 1000) for row in chosen]


@pytest.mark.parametrize("count", [SMALL, LARGE])
class TestReads:
    def test_all_rows(self, cloud: dict[str, str], count: int) -> None:
        load(THERE, OWNER, rows_of(count))
        with Meter() as meter:
            rows = THERE.rows(EVERYWHERE, OWNER)
        print(f"all of {count:,}: {len(meter.requests)} requests, {meter.reads:.0f} RRU, {meter.reads * 1000 / count:.1f} for 1,000")
        assert rows == rows_of(count)
        assert len(meter.requests) <= 1 + count // SMALL * 60_000 // 2**20
        assert meter.reads <= 12 * count / 1000

    def test_a_page(self, cloud: dict[str, str], count: int) -> None:
        load(THERE, OWNER, rows_of(count))
        for recent, units in ((0, 5), (THERE.sizes.recent, 75)):
            change(THERE, OWNER, changed(rows_of(count), recent))
            for offset in (0, count // 2, count - 50):
                with Meter() as meter:
                    page = THERE.page(EVERYWHERE, OWNER, offset, 50)
                print(f"page of {count:,} with {recent} recent: {len(meter.requests)} requests, {meter.reads:.0f} RRU")
                assert page.total == count
                assert len(meter.requests) == 2
                assert meter.reads <= units


@pytest.mark.parametrize(("near", "units"), [(True, 4), (False, 10)])
@pytest.mark.parametrize("count", [SMALL, pytest.param(LARGE, marks=pytest.mark.slow)])
def test_a_fold(cloud: dict[str, str], count: int, near: bool, units: int) -> None:
    """With the recent row itself, which is 2 units in the transaction of the object, as many more."""
    load(THERE, OWNER, rows_of(count))
    later = changed(rows_of(count), THERE.sizes.recent + 1, near)
    change(THERE, OWNER, later)
    with Meter() as meter:
        assert fold(EVERYWHERE, THERE, OWNER)
    print(f"fold of {len(later)} {'neighbours' if near else 'rows anywhere'} of {count:,}: {meter.writes / len(later):.1f} WRU a change")
    assert meter.writes <= units * len(later)
    assert meter.reads <= 2 * len(later)


@pytest.mark.slow
def test_rows_take_little_more_time_than_their_text(cloud: dict[str, str]) -> None:
    """Compared with json.loads of the same rows as one text each."""
    rows = rows_of(LARGE)
    load(THERE, OWNER, rows)
    texts = [json.dumps(row) for row in rows]
    plain, found = fastest(lambda: [json.loads(text) for text in texts]), THERE.read(EVERYWHERE, OWNER, "")
    named = [pack(rows[start : start + THERE.sizes.rows]) for start in range(0, LARGE, THERE.sizes.rows)]
    unpacked = fastest(lambda: [unpack(each, DeviceRow) for each in named])
    merged = fastest(lambda: [row for part in found.parts() for row in found.rows(part)])
    print(f"1,000 of {LARGE:,} rows: {(unpacked + merged) * 50:.1f} ms; {plain * 50:.1f} ms as one text a row")
    assert unpacked + merged <= plain
