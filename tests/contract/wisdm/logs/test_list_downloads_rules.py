"""GET /v4/gateway/{sn}/syslog/download: which queries it refuses (contract, 9.2)."""

from __future__ import annotations

from typing import Any

import pytest

from functions.wisdm.logs import list_downloads
from tests.contract.wisdm.tenant import Tenant, failing
from tests.harness.call import Answered, call

SPAN = {"startDate": "2026-01-01T00:00:00Z", "endDate": "2026-01-05T00:00:00Z"}


def listed(standing: Tenant, sn: str, **query: Any) -> Answered:
    """Ask of a gateway that is not there: a good query is 404, a bad one 400."""
    sent = {name: value for name, value in (SPAN | query).items() if value is not ...}
    return call(list_downloads.handler, {"sn": sn}, key=standing.key, query=sent)


TIMES = [
    "2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00-00:00",
    "2026-01-01T00:00:00+0000",
    "2026-01- 01T00:00:00Z", " 2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z ", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
    "2026-01-01T25:00:00Z",
    "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00,5Z", "0000-01-01T00:00:00Z", "26-01-01T00:00:00Z", "1767225600",
    "", "now",
    "٢٠٢٦-01-01T00:00:00Z", "2026-01-01T00:00:00.٥Z", "2026-01-01T00:00:00Z\n",
]  # fmt: skip


@pytest.mark.parametrize("time", [*TIMES, ...], ids=ascii)
def test_a_malformed_start_is_bad(standing: Tenant, time: Any) -> None:
    assert failing(listed(standing, "GW999999", startDate=time)) == ["startDate"]


@pytest.mark.parametrize("time", ["2026-01-05", "2026-01-05T00:00:00", "2026-01-05T00:00:00+02:00", ...], ids=ascii)
def test_a_malformed_end_is_bad(standing: Tenant, time: Any) -> None:
    assert failing(listed(standing, "GW999999", endDate=time)) == ["endDate"]


@pytest.mark.parametrize(
    "start", ["2026-01-05T00:00:00Z", "2026-01-05T00:00:00.000001Z", "2026-02-01T00:00:00Z"], ids=["equal", "just", "far"]
)
def test_the_start_must_be_before_the_end(standing: Tenant, start: str) -> None:
    assert failing(listed(standing, "GW999999", startDate=start)) == ["startDate"]


@pytest.mark.parametrize(("start", "status"), [("2025-01-04T00:00:00Z", 404), ("2025-01-03T23:59:59Z", 400)], ids=["366d", "more"])
def test_the_span_is_at_most_366_days(standing: Tenant, start: str, status: int) -> None:
    assert listed(standing, "GW999999", startDate=start).status == status


@pytest.mark.parametrize(
    ("number", "status"), [("1", 404), ("200", 404), ("0", 400), ("201", 400), ("-1", 400), ("1.0", 400), ("x", 400), ("", 400)], ids=str
)
def test_max_files_is_from_1_to_200(standing: Tenant, number: str, status: int) -> None:
    assert listed(standing, "GW999999", maxFiles=number).status == status


def test_every_failing_parameter_is_told(standing: Tenant) -> None:
    assert failing(listed(standing, "x", startDate="a", endDate="b", maxFiles="c")) == ["sn", "startDate", "endDate", "maxFiles"]
