"""POST /auth/client-token: tokens, and who gets one (contract, 2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.aws import clients, table
from functions.thingsee.auth import create
from functions.thingsee.group import list as list_groups
from tests.contract.thingsee.customer import Customer, refused
from tests.harness.call import Answered, call
from tests.harness.fleet import Fleet
from tests.harness.recorder import Recorder
from tests.harness.things import SECRET

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)


@pytest.fixture
def customer(fleet: Fleet) -> Customer:
    """On an AWS of its own: failures are counted for the address that all tests come from."""
    return Customer.of(fleet)


def asked(id: Any, secret: Any, **more: Any) -> Answered:
    return call(create.handler, body={"client_id": id, "client_secret": secret}, **more)


def good(customer: Customer, **more: Any) -> Answered:
    return asked(customer.field.client.id, SECRET, **more)


def bad(customer: Customer, **more: Any) -> Answered:
    return asked(customer.field.client.id, "wrong", **more)


def status_with(header: str | None) -> int:
    return call(list_groups.handler, headers={"Authorization": header} if header else {}).status


class TestTokens:
    def test_a_token_opens_its_customers_routes(self, customer: Customer) -> None:
        answer = good(customer)
        assert answer.status == 200
        assert answer.json.keys() == {"data"}
        assert answer.json["data"].keys() == {"token"}
        assert status_with(f"Bearer {answer.json['data']['token']}") == 200

    def test_lasts_fifteen_minutes(self, customer: Customer) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            token = good(customer).json["data"]["token"]
            clock.move_to(NOW + timedelta(minutes=15, seconds=-1))
            assert status_with(f"Bearer {token}") == 200
            clock.move_to(NOW + timedelta(minutes=15))
            answer = call(list_groups.handler, headers={"Authorization": f"Bearer {token}"})
            assert refused(answer, 401)  # T29

    def test_a_new_one_does_not_end_an_older_one(self, customer: Customer) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            first = good(customer).json["data"]["token"]
            clock.shift(60)
            second = good(customer).json["data"]["token"]
            assert first != second
            assert (status_with(f"Bearer {first}"), status_with(f"Bearer {second}")) == (200, 200)

    def test_a_token_that_is_sent_along_is_not_looked_at(self, customer: Customer) -> None:
        assert good(customer, headers={"Authorization": "Bearer nonsense"}).status == 200

    @pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
    def test_the_schemes_name_is_taken_in_any_case(self, customer: Customer, scheme: str) -> None:
        assert status_with(f"{scheme} {customer.token}") == 200

    @pytest.mark.parametrize("form", ["{}", "Basic {}", "Bearer", "Bearer ", "Bearer {}x", "Bearer x{}", "Bearer {} {}", "Bearer ä"])
    def test_a_malformed_one_is_refused(self, customer: Customer, form: str) -> None:
        assert status_with(form.replace("{}", customer.token)) == 401

    def test_disabling_ends_them_and_enabling_does_not_revive_them(self, customer: Customer) -> None:
        client = customer.field.client
        customer.field.change(enabled=False, generation=client.generation + 1)
        assert status_with(f"Bearer {customer.token}") == 401
        assert refused(good(customer), 401)
        customer.field.change(enabled=True)
        assert status_with(f"Bearer {customer.token}") == 401
        assert good(customer).status == 200

    def test_the_secret_is_kept_as_a_hash(self, customer: Customer) -> None:
        assert SECRET not in repr(clients.dynamodb().scan(TableName=table.table())["Items"])

    def test_is_not_kept_by_caches(self, customer: Customer) -> None:
        assert good(customer).headers["Cache-Control"] == "no-store"


class TestRefusals:
    @pytest.mark.parametrize(
        "body",
        [{}, {"client_id": "a"}, {"client_secret": "a"}, {"client_id": "", "client_secret": "a"}, {"client_id": "a", "client_secret": ""},
         {"client_id": 7, "client_secret": "a"}, {"client_id": "a", "client_secret": None}, {"client_id": ["a"], "client_secret": "a"},
         {"client_id": "a" * 257, "client_secret": "a"}, {"client_id": "a", "client_secret": "a" * 257}],
        ids=lambda body: repr(body)[:60],
    )  # fmt: skip
    def test_a_bad_body_is_400(self, cloud: dict[str, str], body: Any) -> None:
        refused(call(create.handler, body=body), 400)

    def test_256_characters_are_taken(self, customer: Customer) -> None:
        assert asked("ä" * 256, "ä" * 256).status == 401

    def test_an_unknown_client_and_a_wrong_secret_are_told_alike_and_cost_the_same(self, customer: Customer, signed: Recorder) -> None:
        signed.clear()
        wrong, first = bad(customer, source="198.51.100.1"), list(signed.requests)
        signed.clear()
        unknown = asked("nobody", SECRET, source="198.51.100.2")
        assert (wrong.status, wrong.json) == (unknown.status, unknown.json)
        assert refused(unknown, 401)
        assert signed.requests == [name for name in first if "GetSecretValue" not in name]


class TestThrottling:
    def test_ten_failures_for_a_client_make_it_wait(self, customer: Customer) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            for number in range(10):
                refused(bad(customer, source=f"198.51.100.{number}"), 401)
                clock.shift(10)
            answer = good(customer)
            assert refused(answer, 429)
            assert answer.headers["Retry-After"] == "200"
            clock.move_to(NOW + timedelta(minutes=5))
            assert good(customer).status == 200

    def test_ten_failures_from_an_address_make_it_wait(self, customer: Customer) -> None:
        with time_machine.travel(NOW, tick=False):
            for number in range(10):
                refused(asked(f"guess-{number}", "wrong"), 401)
            refused(good(customer), 429)
            assert good(customer, source="198.51.100.9").status == 200

    def test_who_waits_is_not_counted(self, customer: Customer) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            for _ in range(10):
                bad(customer)
            clock.shift(200)
            for _ in range(3):
                refused(bad(customer), 429)
            clock.move_to(NOW + timedelta(minutes=5))
            assert good(customer).status == 200

    def test_bad_bodies_are_not_counted(self, customer: Customer) -> None:
        for _ in range(11):
            refused(call(create.handler, body={"client_id": customer.field.client.id}), 400)
        assert good(customer).status == 200

    def test_an_address_of_ipv6_is_its_network(self, customer: Customer) -> None:
        for number in range(10):
            asked(f"guess-{number}", "wrong", source=f"2001:db8::{number + 1}")
        refused(good(customer, source="2001:db8::ffff"), 429)
        assert good(customer, source="2001:db8:0:1::1").status == 200
