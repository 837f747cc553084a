"""GET /v4/gateway/{sn}/perf/{metric} (contract, 5.2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.marks import Mark
from fleet.registry.gateway import Card
from fleet.telemetry.perf import Perf
from fleet.telemetry.sample import Sample
from functions.wisdm.gateway.get_performance import handler
from tests.contract.wisdm.tenant import Tenant, failing, refused
from tests.harness.call import Answered, call
from tests.harness.recorder import Recorder

NOW = datetime(2026, 1, 5, 10, 25, tzinfo=UTC)
TEN = timedelta(minutes=10)


@pytest.fixture
def card(tenant: Tenant) -> Card:
    with time_machine.travel(NOW, tick=False):
        return tenant.gateway(tenant.location())


def heard(
    card: Card, at: datetime, rssi: float | None = -92.4, snr: float | None = 7.9, uplink: int = 131, downlink: int = 4, seq: int = 1
) -> None:
    mark = Mark("boot", seq, seq, seq)
    Perf.keep(EVERYWHERE, card.organization, card.id, mark, [Sample(at, rssi, snr, uplink, downlink)])


def ask(tenant: Tenant, card: Card, metric: str = "rssi", at: datetime = NOW, key: str | None = None, **query: Any) -> Answered:
    with time_machine.travel(at, tick=False):
        return call(handler, {"sn": card.sn, "metric": metric}, key=key or tenant.key, query=query)


def told(answer: Answered) -> list[tuple[str, Any]]:
    assert answer.status == 200, answer.json
    return [(point["timestamp"], point["value"]) for point in answer.json["result"]]


@pytest.mark.parametrize(("metric", "value"), [("rssi", -92.4), ("snr", 7.9), ("uplink", 131), ("downlink", 4)])
def test_each_metric_has_its_values_oldest_first(tenant: Tenant, card: Card, metric: str, value: float) -> None:
    for minute in (10, 0):
        heard(card, datetime(2026, 1, 5, 10, minute, tzinfo=UTC))
    answer = ask(tenant, card, metric)
    assert told(answer) == [("2026-01-05T10:00:00Z", value), ("2026-01-05T10:10:00Z", value)]
    assert type(answer.json["result"][0]["value"]) is type(value)
    assert set(answer.json) == {"result", "clientToken"}


def test_a_gateway_without_any_answers_an_empty_result(tenant: Tenant, card: Card) -> None:
    assert told(ask(tenant, card)) == []


def test_buckets_without_a_value_are_left_out(tenant: Tenant, card: Card) -> None:
    heard(card, NOW - 2 * TEN - timedelta(minutes=5), rssi=None, uplink=0)
    assert told(ask(tenant, card, "rssi")) == []
    assert told(ask(tenant, card, "uplink")) == [("2026-01-05T10:00:00Z", 0)]


class TestInterval:
    """How far back a query looks."""

    @pytest.mark.parametrize(
        ("interval", "minutes"),
        [
            ("10m", 10),
            ("90m", 90),
            ("1h", 60),
            ("12h", 720),
            ("720h", 43200),
            ("30d", 43200),
            ("4w", 40320),
            ("43200m", 43200),
            (None, 1440),
        ],
    )
    def test_is_a_number_and_a_unit(self, tenant: Tenant, card: Card, interval: str | None, minutes: int) -> None:
        first = datetime(2026, 1, 5, 10, 20, tzinfo=UTC) - timedelta(minutes=minutes)
        for at in (first, first + TEN):
            heard(card, at, uplink=1)
        query: dict[str, Any] = {"interval": interval} if interval else {}
        assert told(ask(tenant, card, "uplink", **query)) == [(f"{first + TEN:%Y-%m-%dT%H:%M:%SZ}", 1)]

    @pytest.mark.parametrize(
        "interval",
        ["", "9m", "0h", "012h", "12", "h", "12H", "12s", "1.5h", "-1h", "+1h", "31d", "5w", "43201m", "100000m", "1h ", "1h\n", "١h"],
    )
    def test_of_another_form_is_refused(self, tenant: Tenant, card: Card, interval: str) -> None:
        assert failing(ask(tenant, card, interval=interval)) == ["interval"]

    def test_begins_at_its_very_start_and_ends_before_now(self, tenant: Tenant, card: Card) -> None:
        at = datetime(2026, 1, 5, 10, 20, tzinfo=UTC)
        for bucket in (at - timedelta(hours=1, minutes=10), at - timedelta(hours=1), at - TEN, at):
            heard(card, bucket, uplink=1)
        shown = ["2026-01-05T09:20:00Z", "2026-01-05T10:10:00Z"]
        assert [name for name, _ in told(ask(tenant, card, "uplink", at, interval="1h"))] == shown
        later = at + timedelta(microseconds=1)
        assert [name for name, _ in told(ask(tenant, card, "uplink", later, interval="1h"))] == [shown[1], "2026-01-05T10:20:00Z"]


@pytest.mark.parametrize("metric", ["RSSI", "Rssi", "latency", "rssi ", "x"])
def test_another_metric_is_refused(tenant: Tenant, card: Card, metric: str) -> None:
    assert failing(ask(tenant, card, metric)) == ["metric"]


def test_another_tenants_gateway_is_not_found(tenant: Tenant, card: Card) -> None:
    assert refused(ask(tenant, card, key=tenant.fleet.key(tenant.fleet.organization())), 404) == "Gateway not found"


def test_a_key_of_another_location_is_refused(tenant: Tenant, card: Card) -> None:
    assert refused(ask(tenant, card, key=tenant.limited(tenant.location())), 403) == "Action is not allowed"


def loaded(card: Card, count: int, **fields: Any) -> list[str]:
    """As many buckets, up to the one before the last; their names, oldest first."""
    last = datetime(2026, 1, 5, 10, 10, tzinfo=UTC)
    heard(card, last, **fields)
    client, name = clients.dynamodb(), clients.setting("SERIES_TABLE")
    (row,) = client.query(TableName=name, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": f"PERF#{card.id}"}})[
        "Items"
    ]
    names = [f"{last - number * TEN:%Y-%m-%dT%H:%M:%SZ}" for number in range(count)][::-1]
    for start in range(0, count, 25):
        puts: Any = [{"PutRequest": {"Item": row | {"sk": {"S": each}}}} for each in names[start : start + 25]]
        client.batch_write_item(RequestItems={name: puts})
    return names


class TestPages:
    """A hundred points a page."""

    def test_a_hundred_points_are_one_page(self, tenant: Tenant, card: Card) -> None:
        names = loaded(card, 100)
        answer = ask(tenant, card, interval="2d")
        assert [name for name, _ in told(answer)] == names
        assert "nextToken" not in answer.json

    def test_a_token_leads_to_what_is_left(self, tenant: Tenant, card: Card) -> None:
        names = loaded(card, 150)
        first = ask(tenant, card, interval="2d", clientToken="mine")
        tokens = {"nextToken": first.json["nextToken"], "clientToken": first.json["clientToken"]}
        assert tokens["clientToken"] == "mine"
        second = ask(tenant, card, interval="2d", **tokens)
        assert [name for answer in (first, second) for name, _ in told(answer)] == names
        assert second.json["clientToken"] == "mine"
        assert "nextToken" not in second.json

    def test_a_page_takes_two_requests(self, tenant: Tenant, card: Card, signed: Recorder) -> None:
        loaded(card, 150)
        ask(tenant, card, interval="2d")
        signed.clear()
        ask(tenant, card, interval="2d")
        assert signed.requests == ["dynamodb:BatchGetItem", "dynamodb:Query"]

    def test_a_page_is_full_in_spite_of_buckets_without_signal(self, tenant: Tenant, card: Card, signed: Recorder) -> None:
        names = loaded(card, 150)
        for name in names[20:80]:
            heard(card, datetime.fromisoformat(name), rssi=None, seq=2)
        signed.clear()
        answer = ask(tenant, card, interval="2d")
        assert [name for name, _ in told(answer)] == [*names[:20], *names[80:]]
        assert "nextToken" not in answer.json
        assert len(signed.requests) == 3

    def test_no_token_is_given_when_only_buckets_without_signal_are_left(self, tenant: Tenant, card: Card) -> None:
        names = loaded(card, 110)
        for name in names[100:]:
            heard(card, datetime.fromisoformat(name), rssi=None, seq=2)
        assert "nextToken" not in ask(tenant, card, interval="2d").json
        assert "nextToken" in ask(tenant, card, "uplink", interval="2d").json

    def test_thirty_days_are_walked_in_44_pages_while_samples_come_in(self, tenant: Tenant, card: Card, signed: Recorder) -> None:
        """None is told twice, none is missed, none that came after the first request is told, and no page takes a third request."""
        names = loaded(card, 4319)
        heard(card, datetime(2026, 1, 5, 10, 20, tzinfo=UTC))
        at, pages, seen, query = NOW, 0, [], {"interval": "30d", "clientToken": "walk"}
        ask(tenant, card)
        while True:
            signed.clear()
            answer = ask(tenant, card, "uplink", at, **query)
            assert signed.requests == ["dynamodb:BatchGetItem", "dynamodb:Query"]
            seen += [name for name, _ in told(answer)]
            pages, at = pages + 1, at + timedelta(minutes=1)
            heard(card, NOW.replace(minute=30) + pages * TEN)
            if "nextToken" not in answer.json:
                break
            query["nextToken"] = answer.json["nextToken"]
        assert pages == 44
        assert seen == [*names, "2026-01-05T10:20:00Z"]

    def test_a_sample_that_comes_late_shifts_no_page(self, tenant: Tenant, card: Card) -> None:
        """One of a page that was told already is not told any more; one of a page to come is."""
        names = loaded(card, 250)
        early, late = (datetime.fromisoformat(names[0]) - number * TEN for number in (1, 2))
        first = ask(tenant, card, "uplink", interval="3d")
        query = {"interval": "3d", "nextToken": first.json["nextToken"], "clientToken": first.json["clientToken"]}
        for at in (early, late, datetime.fromisoformat(names[50])):
            heard(card, at, seq=2)
        heard(card, datetime.fromisoformat(names[120]), uplink=7, seq=2)
        second = told(ask(tenant, card, "uplink", **query))
        assert second == [(name, 7 if name == names[120] else 131) for name in names[100:200]]


class TestTokens:
    """Both tokens are needed to go on, and they are good for one query."""

    @pytest.fixture
    def first(self, tenant: Tenant, card: Card) -> dict[str, Any]:
        loaded(card, 101)
        answer = ask(tenant, card, interval="24h")
        return {name: answer.json[name] for name in ("nextToken", "clientToken")}

    def test_a_client_token_is_made_and_is_another_each_time(self, tenant: Tenant, card: Card) -> None:
        made = {ask(tenant, card).json["clientToken"] for _ in range(3)}
        assert len(made) == 3

    def test_a_client_token_alone_starts_a_new_query(self, tenant: Tenant, card: Card, first: dict[str, Any]) -> None:
        again = ask(tenant, card, clientToken=first["clientToken"])
        assert len(told(again)) == 100
        assert again.json["clientToken"] == first["clientToken"]

    def test_the_next_token_alone_is_refused(self, tenant: Tenant, card: Card, first: dict[str, Any]) -> None:
        assert failing(ask(tenant, card, nextToken=first["nextToken"])) == ["clientToken"]

    @pytest.mark.parametrize("changed", [{"clientToken": "other"}, {"interval": "12h"}, {"nextToken": "AAAA"}, {"nextToken": ""}], ids=str)
    def test_another_query_is_refused(self, tenant: Tenant, card: Card, first: dict[str, Any], changed: dict[str, Any]) -> None:
        assert failing(ask(tenant, card, **(first | changed))) == ["nextToken"]

    def test_another_metric_is_refused(self, tenant: Tenant, card: Card, first: dict[str, Any]) -> None:
        assert failing(ask(tenant, card, "snr", **first)) == ["nextToken"]

    def test_another_gateway_is_refused(self, tenant: Tenant, first: dict[str, Any]) -> None:
        assert failing(ask(tenant, tenant.gateway(), **first)) == ["nextToken"]

    def test_another_key_of_the_organization_goes_on(self, tenant: Tenant, card: Card, first: dict[str, Any]) -> None:
        assert len(told(ask(tenant, card, key=tenant.fleet.key(tenant.organization), **first))) == 1

    def test_the_token_before_the_gateway(self, tenant: Tenant, card: Card, first: dict[str, Any]) -> None:
        """Contract, 2.2: the query before what is there, and before what the key may see of it."""
        for key in (Tenant.of(tenant.fleet).key, tenant.limited(tenant.location())):
            assert failing(ask(tenant, card, key=key, **(first | {"clientToken": "other"}))) == ["nextToken"]

    def test_a_token_of_another_organization_is_bad(self, tenant: Tenant, card: Card, first: dict[str, Any]) -> None:
        assert failing(ask(tenant, card, key=Tenant.of(tenant.fleet).key, **first)) == ["nextToken"]

    def test_a_token_is_of_its_gateway_in_any_case(self, tenant: Tenant, card: Card, first: dict[str, Any]) -> None:
        assert len(told(ask(tenant, card.model_copy(update={"sn": card.sn.lower()}), **first))) == 1

    def test_a_token_is_good_for_an_hour(self, tenant: Tenant, card: Card, first: dict[str, Any]) -> None:
        assert len(told(ask(tenant, card, at=NOW + timedelta(minutes=59), **first))) == 1
        assert failing(ask(tenant, card, at=NOW + timedelta(minutes=61), **first)) == ["nextToken"]

    @pytest.mark.parametrize("token", ["", "x" * 65, "ä", "a\tb", "a\x7f"], ids=repr)
    def test_a_client_token_of_another_form_is_refused(self, tenant: Tenant, card: Card, token: str) -> None:
        assert failing(ask(tenant, card, clientToken=token)) == ["clientToken"]

    @pytest.mark.parametrize("token", ["x", "x" * 64, "a b~!"])
    def test_the_callers_client_token_is_echoed(self, tenant: Tenant, card: Card, token: str) -> None:
        assert ask(tenant, card, clientToken=token).json["clientToken"] == token
