"""GET /v4/gateway/{sn}/syslog/download (wisdm.md 9.2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.files.file import LogFile
from fleet.files.files import Logs
from fleet.registry.gateway import Card
from functions.wisdm.logs import list_downloads
from tests.contract.wisdm.answers import refusal_message
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import Response, call

NOW = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
"""The time at which URLs are signed."""
SPAN = {"startDate": "2026-01-01T00:00:00Z", "endDate": "2026-01-05T00:00:00Z"}


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def card(gateways: TenantWithGateways) -> Card:
    return gateways.online


def record_file(card: Card, modified: str, name: str = "syslog.txt", size: int = 48211) -> str:
    at = datetime.fromisoformat(modified)
    key = f"logs/{card.sn}/{at:%Y-%m-%d}/{name}.gz"
    Logs.record(EVERYWHERE, card.organization, card.sn, LogFile(key=key, size=size, modified=at))
    return key


def list_files(tenant: Tenant, sn: str, key: str | None = None, **query: Any) -> Response:
    sent = {name: value for name, value in (SPAN | query).items() if value is not ...}
    return call(list_downloads.handler, {"sn": sn}, key=key or tenant.key, query=sent)


def times(answer: Response) -> list[str]:
    return [file["lastModified"] for file in answer.json["files"]]


def test_no_match_is_an_empty_list(gateways: TenantWithGateways, card: Card) -> None:
    assert list_files(gateways, card.sn).json == {"sn": card.sn, **SPAN, "totalFiles": 0, "files": []}


def test_shows_a_file(gateways: TenantWithGateways, card: Card) -> None:
    key = record_file(card, "2026-01-04T23:50:11Z")
    (file,) = list_files(gateways, card.sn).json["files"]
    assert {name: file[name] for name in ("key", "sizeBytes", "lastModified")} == {
        "key": key, "sizeBytes": 48211, "lastModified": "2026-01-04T23:50:11Z"
    }  # fmt: skip
    assert set(file) == {"key", "sizeBytes", "lastModified", "downloadUrl", "expiresAt"}


def test_newest_first(gateways: TenantWithGateways, card: Card) -> None:
    for day in (2, 4, 1, 3):
        record_file(card, f"2026-01-0{day}T10:00:00Z")
    assert times(list_files(gateways, card.sn)) == [f"2026-01-0{day}T10:00:00Z" for day in (4, 3, 2, 1)]


def test_files_of_one_second_are_ordered_by_key(gateways: TenantWithGateways, card: Card) -> None:
    keys = [record_file(card, f"2026-01-04T10:00:00.{part}Z", name) for part, name in ((9, "b"), (1, "c"), (5, "a"))]
    assert [file["key"] for file in list_files(gateways, card.sn).json["files"]] == sorted(keys)


def test_the_start_is_in_and_the_end_is_out(gateways: TenantWithGateways, card: Card) -> None:
    for time in ("2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z", "2026-01-04T23:59:59Z", "2026-01-05T00:00:00Z"):
        record_file(card, time)
    assert times(list_files(gateways, card.sn)) == ["2026-01-04T23:59:59Z", "2026-01-01T00:00:00Z"]


def test_fractions_of_a_second_count(gateways: TenantWithGateways, card: Card) -> None:
    record_file(card, "2026-01-04T10:00:00.500Z")
    for end, found in (("10:00:00.4Z", 0), ("10:00:00.6Z", 1)):
        assert list_files(gateways, card.sn, endDate=f"2026-01-04T{end}").json["totalFiles"] == found, end


def test_total_counts_more_than_is_shown(gateways: TenantWithGateways, card: Card) -> None:
    for hour in range(5):
        record_file(card, f"2026-01-04T0{hour}:00:00Z", str(hour))
    answer = list_files(gateways, card.sn, maxFiles="2").json
    assert (answer["totalFiles"], len(answer["files"])) == (5, 2)


def test_twenty_files_are_shown_by_default(gateways: TenantWithGateways, card: Card) -> None:
    for minute in range(22):
        record_file(card, f"2026-01-04T10:{minute:02d}:00Z", str(minute))
    answer = list_files(gateways, card.sn).json
    assert (answer["totalFiles"], len(answer["files"])) == (22, 20)


def test_a_file_stored_twice_is_listed_once_as_the_newer(gateways: TenantWithGateways, card: Card) -> None:
    record_file(card, "2026-01-04T10:00:00Z", size=1)
    record_file(card, "2026-01-04T11:00:00Z", size=2)
    answer = list_files(gateways, card.sn).json
    assert [(file["sizeBytes"], file["lastModified"]) for file in answer["files"]] == [(2, "2026-01-04T11:00:00Z")]
    assert answer["totalFiles"] == 1


def test_a_file_stored_again_after_the_end_is_not_of_the_range(gateways: TenantWithGateways, card: Card) -> None:
    """Gateways append to the log of a day: the URL would fetch a newer file than the one of the range."""
    record_file(card, "2026-01-04T10:00:00Z", size=1)
    record_file(card, "2026-01-04T11:00:00Z", size=2)
    assert list_files(gateways, card.sn, endDate="2026-01-04T10:30:00Z").json["totalFiles"] == 0
    assert times(list_files(gateways, card.sn, startDate="2026-01-04T10:30:00Z")) == ["2026-01-04T11:00:00Z"]


def test_files_beyond_the_retention_are_not_listed(gateways: TenantWithGateways, card: Card) -> None:
    record_file(card, "2025-12-22T07:59:59Z", "old")
    record_file(card, "2025-12-22T08:00:01Z", "new")
    assert times(list_files(gateways, card.sn, startDate="2025-12-01T00:00:00Z")) == ["2025-12-22T08:00:01Z"]


def test_the_filter_is_shown_normalised(gateways: TenantWithGateways, card: Card) -> None:
    for given in ("2026-01-01T00:00:00+00:00", "2026-01-01T00:00:00.75Z", "2026-01-01T00:00:00.123456789Z"):
        assert list_files(gateways, card.sn, startDate=given).json["startDate"] == "2026-01-01T00:00:00Z", given


def test_old_years_have_four_digits(gateways: TenantWithGateways, card: Card) -> None:
    span = {"startDate": "0099-01-01T00:00:00Z", "endDate": "0099-01-02T00:00:00Z"}
    assert list_files(gateways, card.sn, **span).json == {"sn": card.sn, **span, "totalFiles": 0, "files": []}


def test_the_url_ends_when_it_says(gateways: TenantWithGateways, card: Card) -> None:
    record_file(card, "2026-01-04T23:50:11Z")
    (file,) = list_files(gateways, card.sn).json["files"]
    own = {name: values[0] for name, values in parse_qs(urlsplit(file["downloadUrl"]).query).items()}
    ends = datetime.strptime(own["X-Amz-Date"], "%Y%m%dT%H%M%S%z") + timedelta(seconds=int(own["X-Amz-Expires"]))
    assert file["expiresAt"] == f"{ends:%Y-%m-%dT%H:%M:%SZ}" == "2026-01-05T09:00:00Z"


def test_the_url_is_of_exactly_this_object_and_needs_no_header(gateways: TenantWithGateways, card: Card) -> None:
    key = record_file(card, "2026-01-04T23:50:11Z")
    url = urlsplit(list_files(gateways, card.sn).json["files"][0]["downloadUrl"])
    assert url.scheme == "https"
    assert unquote(url.path).endswith(f"/{key}")
    assert parse_qs(url.query)["X-Amz-SignedHeaders"] == ["host"]


def test_the_file_is_served_as_an_attachment_of_a_type_that_we_set(gateways: TenantWithGateways, card: Card) -> None:
    """Whatever type the gateway stored it with, no browser shows it."""
    key = record_file(card, "2026-01-04T23:50:11Z")
    query = parse_qs(urlsplit(list_files(gateways, card.sn).json["files"][0]["downloadUrl"]).query)
    assert query["response-content-disposition"] == [f'attachment; filename="{key.rpartition("/")[2]}"']
    assert query["response-content-type"] == ["application/gzip"]


def test_the_url_signs_a_get(gateways: TenantWithGateways, card: Card) -> None:
    key = record_file(card, "2026-01-04T23:50:11Z")
    url = list_files(gateways, card.sn).json["files"][0]["downloadUrl"]
    served = {
        "ResponseContentDisposition": f'attachment; filename="{key.rpartition("/")[2]}"',
        "ResponseContentType": "application/gzip",
    }
    params = {"Bucket": clients.setting("FILES_BUCKET"), "Key": key, **served}
    again = clients.s3().generate_presigned_url("get_object", params, ExpiresIn=3600)
    assert url == again


def test_an_offline_gateway_is_served_as_usual(gateways: TenantWithGateways) -> None:
    record_file(gateways.offline, "2026-01-04T23:50:11Z")
    assert list_files(gateways, gateways.offline.sn).json["totalFiles"] == 1


def test_files_of_another_gateway_are_not_listed(gateways: TenantWithGateways, card: Card) -> None:
    record_file(gateways.offline, "2026-01-04T23:50:11Z")
    assert list_files(gateways, card.sn).json["totalFiles"] == 0


def test_files_of_a_former_owner_are_not_listed(gateways: TenantWithGateways, other_tenant: Tenant, card: Card) -> None:
    file = LogFile(key=f"logs/{card.sn}/2026-01-04/x.gz", size=1, modified=datetime(2026, 1, 4, tzinfo=UTC))
    Logs.record(EVERYWHERE, other_tenant.organization.id, card.sn, file)
    assert list_files(gateways, card.sn).json["totalFiles"] == 0


def test_another_organizations_gateway_is_as_unknown_as_any(other_tenant: Tenant, card: Card) -> None:
    foreign = list_files(other_tenant, card.sn)
    assert refusal_message(foreign, 404) == "Gateway not found"
    assert foreign.content == list_files(other_tenant, "GW999999").content


def test_a_limited_key_reads_its_locations_only(gateways: TenantWithGateways, card: Card) -> None:
    refusal_message(list_files(gateways, card.sn, gateways.key_of_elsewhere), 403)
