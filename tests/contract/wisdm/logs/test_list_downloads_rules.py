"""GET /v4/gateway/{sn}/syslog/download: which queries it refuses (wisdm.md 9.2)."""

from __future__ import annotations

from typing import Any

from functions.wisdm.logs import list_downloads
from tests.contract.wisdm.answers import invalid_fields
from tests.contract.wisdm.tenant import Tenant
from tests.harness.call import Response, call

SPAN = {"startDate": "2026-01-01T00:00:00Z", "endDate": "2026-01-05T00:00:00Z"}


def list_files(tenant: Tenant, sn: str, **query: Any) -> Response:
    """Ask for an unknown gateway: a valid query is 404, an invalid one 400."""
    sent = {name: value for name, value in (SPAN | query).items() if value is not ...}
    return call(list_downloads.handler, {"sn": sn}, key=tenant.key, query=sent)


TIMES = [
    "2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00+01:00", "2026-01-01T00:00:00-00:00",
    "2026-01-01T00:00:00+0000",
    "2026-01- 01T00:00:00Z", " 2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z ", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
    "2026-01-01T25:00:00Z",
    "2026-01-01T00:00:60Z", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00,5Z", "0000-01-01T00:00:00Z", "26-01-01T00:00:00Z", "1767225600",
    "", "now",
    "٢٠٢٦-01-01T00:00:00Z", "2026-01-01T00:00:00.٥Z", "2026-01-01T00:00:00Z\n",
]  # fmt: skip


def test_a_malformed_start_is_bad(tenant: Tenant) -> None:
    for time in (*TIMES, ...):
        assert invalid_fields(list_files(tenant, "GW999999", startDate=time)) == ["startDate"], ascii(time)


def test_a_malformed_end_is_bad(tenant: Tenant) -> None:
    for time in ("2026-01-05", "2026-01-05T00:00:00", "2026-01-05T00:00:00+02:00", ...):
        assert invalid_fields(list_files(tenant, "GW999999", endDate=time)) == ["endDate"], time


def test_the_start_must_be_before_the_end(tenant: Tenant) -> None:
    for start in ("2026-01-05T00:00:00Z", "2026-01-05T00:00:00.000001Z", "2026-02-01T00:00:00Z"):
        assert invalid_fields(list_files(tenant, "GW999999", startDate=start)) == ["startDate"], start


def test_the_span_is_at_most_366_days(tenant: Tenant) -> None:
    for start, status in (("2025-01-04T00:00:00Z", 404), ("2025-01-03T23:59:59Z", 400)):
        assert list_files(tenant, "GW999999", startDate=start).status == status, start


def test_max_files_is_from_1_to_200(tenant: Tenant) -> None:
    for number, status in (("1", 404), ("200", 404), ("0", 400), ("201", 400), ("-1", 400), ("1.0", 400), ("x", 400), ("", 404)):
        assert list_files(tenant, "GW999999", maxFiles=number).status == status, number


def test_every_failing_parameter_is_told(tenant: Tenant) -> None:
    assert invalid_fields(list_files(tenant, "x", startDate="a", endDate="b", maxFiles="c")) == ["sn", "startDate", "endDate", "maxFiles"]
