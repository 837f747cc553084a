"""GET /v4/gateway/{sn}/perf/{metric} (wisdm.md 5.2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.marks import Mark
from fleet.registry.gateway import Card
from fleet.telemetry.perf import Perf
from fleet.telemetry.sample import Sample
from functions.wisdm.gateway.get_performance import handler
from tests.contract.wisdm.answers import invalid_fields, refusal_message
from tests.contract.wisdm.stored import restored_after_each
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.aws import partition
from tests.harness.call import Response, call
from tests.harness.recorder import Recorder
from tests.harness.sizes import size

NOW = datetime(2026, 1, 5, 10, 25, tzinfo=UTC)
TEN = timedelta(minutes=10)
Tokens: TypeAlias = dict[str, Any]
"""The two tokens that continue a query."""


@pytest.fixture
def card(gateways: TenantWithGateways) -> Card:
    return gateways.online


def store_sample(
    card: Card, at: datetime, rssi: float | None = -92.4, snr: float | None = 7.9, uplink: int = 131, downlink: int = 4, seq: int = 1
) -> None:
    mark = Mark("boot", seq, seq, seq)
    Perf.store(EVERYWHERE, card.organization, card.id, mark, [Sample(at, rssi, snr, uplink, downlink)])


def ask(tenant: Tenant, card: Card, metric: str = "rssi", at: datetime = NOW, key: str | None = None, **query: Any) -> Response:
    with time_machine.travel(at, tick=False):
        return call(handler, {"sn": card.sn, "metric": metric}, key=key or tenant.key, query=query)


def points_of(answer: Response) -> list[tuple[str, Any]]:
    assert answer.status == 200, answer.json
    return [(point["timestamp"], point["value"]) for point in answer.json["result"]]


def test_each_metric_has_its_values_oldest_first(gateways: TenantWithGateways, card: Card) -> None:
    for minute in (10, 0):
        store_sample(card, datetime(2026, 1, 5, 10, minute, tzinfo=UTC))
    for metric, value in {"rssi": -92.4, "snr": 7.9, "uplink": 131, "downlink": 4}.items():
        answer = ask(gateways, card, metric)
        assert points_of(answer) == [("2026-01-05T10:00:00Z", value), ("2026-01-05T10:10:00Z", value)]
        assert type(answer.json["result"][0]["value"]) is type(value)
        assert set(answer.json) == {"result", "clientToken"}


def test_a_gateway_without_any_answers_an_empty_result(gateways: TenantWithGateways, card: Card) -> None:
    assert points_of(ask(gateways, card)) == []


def test_buckets_without_a_value_are_left_out(gateways: TenantWithGateways, card: Card) -> None:
    store_sample(card, NOW - 2 * TEN - timedelta(minutes=5), rssi=None, uplink=0)
    assert points_of(ask(gateways, card, "rssi")) == []
    assert points_of(ask(gateways, card, "uplink")) == [("2026-01-05T10:00:00Z", 0)]


INTERVALS = {
    "10m": 10, "90m": 90, "1h": 60, "12h": 720, "720h": 43200, "30d": 43200, "4w": 40320, "43200m": 43200, None: 1440,
}  # fmt: skip
NO_INTERVALS = (
    "9m", "0h", "012h", "12", "h", "12H", "12s", "1.5h", "-1h", "+1h", "31d", "5w", "43201m", "100000m", "1h ", "1h\n", "١h",
)  # fmt: skip


class TestInterval:
    """The period of a query."""

    def test_is_a_number_and_a_unit(self, gateways: TenantWithGateways, card: Card) -> None:
        for interval, minutes in restored_after_each(INTERVALS.items()):
            first = datetime(2026, 1, 5, 10, 20, tzinfo=UTC) - timedelta(minutes=minutes)
            for at in (first, first + TEN):
                store_sample(card, at, uplink=1)
            query: dict[str, Any] = {"interval": interval} if interval else {}
            assert points_of(ask(gateways, card, "uplink", **query)) == [(f"{first + TEN:%Y-%m-%dT%H:%M:%SZ}", 1)], interval

    def test_of_another_form_is_refused(self, gateways: TenantWithGateways, card: Card) -> None:
        for interval in NO_INTERVALS:
            assert invalid_fields(ask(gateways, card, interval=interval)) == ["interval"], ascii(interval)

    def test_begins_at_its_very_start_and_ends_before_now(self, gateways: TenantWithGateways, card: Card) -> None:
        at = datetime(2026, 1, 5, 10, 20, tzinfo=UTC)
        for bucket in (at - timedelta(hours=1, minutes=10), at - timedelta(hours=1), at - TEN, at):
            store_sample(card, bucket, uplink=1)
        shown = ["2026-01-05T09:20:00Z", "2026-01-05T10:10:00Z"]
        assert [name for name, _ in points_of(ask(gateways, card, "uplink", at, interval="1h"))] == shown
        later = at + timedelta(microseconds=1)
        assert [name for name, _ in points_of(ask(gateways, card, "uplink", later, interval="1h"))] == [shown[1], "2026-01-05T10:20:00Z"]


def test_another_metric_is_refused(gateways: TenantWithGateways, card: Card) -> None:
    for metric in ("RSSI", "Rssi", "latency", "rssi ", "x"):
        assert invalid_fields(ask(gateways, card, metric)) == ["metric"], metric


def test_another_tenants_gateway_is_not_found(gateways: TenantWithGateways, card: Card, other_tenant: Tenant) -> None:
    assert refusal_message(ask(gateways, card, key=other_tenant.key), 404) == "Gateway not found"


def test_a_key_of_another_location_is_refused(gateways: TenantWithGateways, card: Card) -> None:
    assert refusal_message(ask(gateways, card, key=gateways.key_of_elsewhere), 403) == "Action is not allowed"


def store_samples(card: Card, count: int, step: timedelta = TEN) -> list[str]:
    """Store `count` buckets at this distance, ending before the current one; returns their names, oldest first."""
    last = datetime(2026, 1, 5, 10, 10, tzinfo=UTC)
    store_sample(card, last)
    client, name = clients.dynamodb(), clients.setting("SERIES_TABLE")
    (row,) = partition("SeriesTable", f"PERF#{card.id}")
    names = [f"{last - number * step:%Y-%m-%dT%H:%M:%SZ}" for number in range(count)][::-1]
    for start in range(0, count, 25):
        puts: Any = [{"PutRequest": {"Item": row | {"sk": {"S": each}}}} for each in names[start : start + 25]]
        client.batch_write_item(RequestItems={name: puts})
    return names


def requests(aws_requests: Recorder) -> list[str]:
    """The requests but for the secret of pages, which a container reads again every five minutes."""
    return [each for each in aws_requests.requests if each != "secretsmanager:GetSecretValue"]


class TestPages:
    """A page has at most a hundred points."""

    def test_a_hundred_points_are_one_page(self, gateways: TenantWithGateways, card: Card) -> None:
        names = store_samples(card, 100)
        answer = ask(gateways, card, interval="2d")
        assert [name for name, _ in points_of(answer)] == names
        assert "nextToken" not in answer.json

    def test_a_token_leads_to_what_is_left(self, gateways: TenantWithGateways, card: Card) -> None:
        names = store_samples(card, 150)
        first = ask(gateways, card, interval="2d", clientToken="mine")
        tokens = {"nextToken": first.json["nextToken"], "clientToken": first.json["clientToken"]}
        assert tokens["clientToken"] == "mine"
        second = ask(gateways, card, interval="2d", **tokens)
        assert [name for answer in (first, second) for name, _ in points_of(answer)] == names
        assert second.json["clientToken"] == "mine"
        assert "nextToken" not in second.json

    def test_a_page_takes_two_requests(self, gateways: TenantWithGateways, card: Card, aws_requests: Recorder) -> None:
        store_samples(card, 150)
        ask(gateways, card, interval="2d")
        aws_requests.clear()
        ask(gateways, card, interval="2d")
        assert aws_requests.requests == ["dynamodb:BatchGetItem", "dynamodb:Query"]

    def test_a_page_is_full_in_spite_of_buckets_without_signal(
        self, gateways: TenantWithGateways, card: Card, aws_requests: Recorder
    ) -> None:
        names = store_samples(card, 150)
        for name in names[20:80]:
            store_sample(card, datetime.fromisoformat(name), rssi=None, seq=2)
        aws_requests.clear()
        answer = ask(gateways, card, interval="2d")
        assert [name for name, _ in points_of(answer)] == [*names[:20], *names[80:]]
        assert "nextToken" not in answer.json
        assert requests(aws_requests) == ["dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:Query"]

    def test_no_token_is_given_when_only_buckets_without_signal_are_left(self, gateways: TenantWithGateways, card: Card) -> None:
        names = store_samples(card, 110)
        for name in names[100:]:
            store_sample(card, datetime.fromisoformat(name), rssi=None, seq=2)
        assert "nextToken" not in ask(gateways, card, interval="2d").json
        assert "nextToken" in ask(gateways, card, "uplink", interval="2d").json

    def test_thirty_days_are_walked_while_samples_come_in(self, gateways: TenantWithGateways, card: Card, aws_requests: Recorder) -> None:
        """No sample is repeated, missed or newer than the first request, and no page takes a third request."""
        every, count, walked = size((100, 431, 5), (10, 4319, 44))  # back to the very first bucket
        names = store_samples(card, count, timedelta(minutes=every))
        store_sample(card, datetime(2026, 1, 5, 10, 20, tzinfo=UTC))
        at, pages, seen, query = NOW, 0, [], {"interval": "30d", "clientToken": "walk"}
        ask(gateways, card)
        while True:
            aws_requests.clear()
            answer = ask(gateways, card, "uplink", at, **query)
            assert requests(aws_requests) == ["dynamodb:BatchGetItem", "dynamodb:Query"]
            seen += [name for name, _ in points_of(answer)]
            pages, at = pages + 1, at + timedelta(minutes=1)
            store_sample(card, NOW.replace(minute=30) + pages * TEN)
            if "nextToken" not in answer.json:
                break
            query["nextToken"] = answer.json["nextToken"]
        assert pages == walked
        assert seen == [*names, "2026-01-05T10:20:00Z"]

    def test_a_sample_that_comes_late_shifts_no_page(self, gateways: TenantWithGateways, card: Card) -> None:
        """A late sample of an earlier page is not returned; one of a later page is."""
        names = store_samples(card, 250)
        early, late = (datetime.fromisoformat(names[0]) - number * TEN for number in (1, 2))
        first = ask(gateways, card, "uplink", interval="3d")
        query = {"interval": "3d", "nextToken": first.json["nextToken"], "clientToken": first.json["clientToken"]}
        for at in (early, late, datetime.fromisoformat(names[50])):
            store_sample(card, at, seq=2)
        store_sample(card, datetime.fromisoformat(names[120]), uplink=7, seq=2)
        second = points_of(ask(gateways, card, "uplink", **query))
        assert second == [(name, 7 if name == names[120] else 131) for name in names[100:200]]


class TestTokens:
    """Both tokens are needed to continue, and only for the same query."""

    @pytest.fixture
    def first(self, gateways: TenantWithGateways, card: Card) -> Tokens:
        store_samples(card, 101)
        answer = ask(gateways, card, interval="24h")
        return {name: answer.json[name] for name in ("nextToken", "clientToken")}

    def test_a_client_token_is_made_and_is_another_each_time(self, gateways: TenantWithGateways, card: Card) -> None:
        made = {ask(gateways, card).json["clientToken"] for _ in range(3)}
        assert len(made) == 3

    def test_a_client_token_alone_starts_a_new_query(self, gateways: TenantWithGateways, card: Card, first: Tokens) -> None:
        again = ask(gateways, card, clientToken=first["clientToken"])
        assert len(points_of(again)) == 100
        assert again.json["clientToken"] == first["clientToken"]

    def test_the_next_token_alone_is_refused(self, gateways: TenantWithGateways, card: Card, first: Tokens) -> None:
        assert invalid_fields(ask(gateways, card, nextToken=first["nextToken"])) == ["clientToken"]

    def test_an_empty_parameter_is_as_one_left_out(self, gateways: TenantWithGateways, card: Card, first: Tokens) -> None:
        assert len(ask(gateways, card, interval="", nextToken="", clientToken="").json["clientToken"]) > 1
        assert len(points_of(ask(gateways, card, **(first | {"interval": ""})))) == 1
        assert len(points_of(ask(gateways, card, **(first | {"nextToken": ""})))) == 100
        assert invalid_fields(ask(gateways, card, **(first | {"clientToken": ""}))) == ["clientToken"]

    def test_another_query_is_refused(self, gateways: TenantWithGateways, card: Card, first: Tokens) -> None:
        for changed in ({"clientToken": "other"}, {"interval": "12h"}, {"nextToken": "AAAA"}):
            assert invalid_fields(ask(gateways, card, **(first | changed))) == ["nextToken"], changed
        assert invalid_fields(ask(gateways, card, "snr", **first)) == ["nextToken"]
        assert invalid_fields(ask(gateways, gateways.offline, **first)) == ["nextToken"]

    def test_another_key_of_the_organization_goes_on(self, gateways: TenantWithGateways, card: Card, first: Tokens) -> None:
        assert len(points_of(ask(gateways, card, key=gateways.reader, **first))) == 1

    def test_the_token_before_the_gateway(self, gateways: TenantWithGateways, card: Card, first: Tokens, other_tenant: Tenant) -> None:
        """wisdm.md 2.2: the query before what is there, and before what the key may see of it."""
        for key in (other_tenant.key, gateways.key_of_elsewhere):
            assert invalid_fields(ask(gateways, card, key=key, **(first | {"clientToken": "other"}))) == ["nextToken"]

    def test_a_token_of_another_organization_is_bad(
        self, gateways: TenantWithGateways, card: Card, first: Tokens, other_tenant: Tenant
    ) -> None:
        assert invalid_fields(ask(gateways, card, key=other_tenant.key, **first)) == ["nextToken"]

    def test_a_token_is_of_its_gateway_in_any_case(self, gateways: TenantWithGateways, card: Card, first: Tokens) -> None:
        assert len(points_of(ask(gateways, card.model_copy(update={"sn": card.sn.lower()}), **first))) == 1

    def test_a_token_is_good_for_an_hour(self, gateways: TenantWithGateways, card: Card, first: Tokens) -> None:
        assert len(points_of(ask(gateways, card, at=NOW + timedelta(minutes=59), **first))) == 1
        assert invalid_fields(ask(gateways, card, at=NOW + timedelta(minutes=61), **first)) == ["nextToken"]

    def test_a_client_token_of_another_form_is_refused(self, gateways: TenantWithGateways, card: Card) -> None:
        for token in ("x" * 65, "ä", "a\tb", "a\x7f"):
            assert invalid_fields(ask(gateways, card, clientToken=token)) == ["clientToken"], ascii(token)

    def test_the_callers_client_token_is_echoed(self, gateways: TenantWithGateways, card: Card) -> None:
        for token in ("x", "x" * 64, "a b~!"):
            assert ask(gateways, card, clientToken=token).json["clientToken"] == token
