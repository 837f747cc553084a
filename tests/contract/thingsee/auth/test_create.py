"""POST /auth/client-token: tokens, and who gets one (thingsee.md 2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from fleet.identity import clients
from functions.thingsee.auth.create import handler as create
from functions.thingsee.group.list import handler as list_groups
from tests.contract.thingsee.tenant import Tenant, refusal_message
from tests.harness.aws import item
from tests.harness.call import Response, call
from tests.harness.interference import before_next_transaction, pending_interference
from tests.harness.recorder import Recorder
from tests.harness.thingsee_world import SECRET

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)


def request_token(id: Any, secret: Any, **more: Any) -> Response:
    return call(create, body={"client_id": id, "client_secret": secret}, **more)


def good(tenant: Tenant, **more: Any) -> Response:
    return request_token(tenant.things.client.id, SECRET, **more)


def bad(tenant: Tenant, **more: Any) -> Response:
    return request_token(tenant.things.client.id, "wrong", **more)


def status_with(header: str | None) -> int:
    return call(list_groups, headers={"Authorization": header} if header else {}).status


class TestTokens:
    def test_a_token_opens_its_tenants_routes(self, tenant: Tenant) -> None:
        answer = good(tenant)
        assert answer.status == 200
        assert answer.json.keys() == {"data"}
        assert answer.json["data"].keys() == {"token"}
        assert status_with(f"Bearer {answer.json['data']['token']}") == 200

    def test_lasts_fifteen_minutes(self, tenant: Tenant) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            token = good(tenant).json["data"]["token"]
            clock.move_to(NOW + timedelta(minutes=15, seconds=-1))
            assert status_with(f"Bearer {token}") == 200
            clock.move_to(NOW + timedelta(minutes=15))
            answer = call(list_groups, headers={"Authorization": f"Bearer {token}"})
            assert refusal_message(answer, 401)  # T29

    def test_a_new_one_does_not_end_an_older_one(self, tenant: Tenant) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            first = good(tenant).json["data"]["token"]
            clock.shift(60)
            second = good(tenant).json["data"]["token"]
            assert first != second
            assert (status_with(f"Bearer {first}"), status_with(f"Bearer {second}")) == (200, 200)

    def test_a_token_that_is_sent_along_is_ignored(self, tenant: Tenant) -> None:
        assert good(tenant, headers={"Authorization": "Bearer nonsense"}).status == 200

    def test_the_schemes_name_is_taken_in_any_case_and_a_malformed_header_is_401(self, tenant: Tenant) -> None:
        for scheme in ("Bearer", "bearer", "BEARER"):
            assert status_with(f"{scheme} {tenant.things.token}") == 200, scheme
        for form in ("{}", "Basic {}", "Bearer", "Bearer ", "Bearer {}x", "Bearer x{}", "Bearer {} {}", "Bearer ä"):
            assert status_with(form.replace("{}", tenant.things.token)) == 401, form

    def test_disabling_ends_them_and_enabling_does_not_revive_them(self, tenant: Tenant) -> None:
        token, generation = tenant.things.token, tenant.things.client.generation
        assert status_with(f"Bearer {token}") == 200
        tenant.things.change(enabled=False, generation=generation + 1)
        assert status_with(f"Bearer {token}") == 401
        assert refusal_message(good(tenant), 401)
        tenant.things.change(enabled=True)
        assert status_with(f"Bearer {token}") == 401
        assert good(tenant).status == 200

    def test_the_secret_is_stored_as_a_hash(self, tenant: Tenant) -> None:
        client = item("FleetTable", *clients.key(tenant.things.client.id))
        assert client is not None
        assert tenant.things.client.secret_hash in repr(client)
        assert SECRET not in repr(client)

    def test_is_not_stored_by_caches(self, tenant: Tenant) -> None:
        assert good(tenant).headers["Cache-Control"] == "no-store"


BAD: list[dict[str, Any]] = [
    {}, {"client_id": "a"}, {"client_secret": "a"}, {"client_id": "", "client_secret": "a"}, {"client_id": "a", "client_secret": ""},
    {"client_id": 7, "client_secret": "a"}, {"client_id": "a", "client_secret": None}, {"client_id": ["a"], "client_secret": "a"},
    {"client_id": "a" * 257, "client_secret": "a"}, {"client_id": "a", "client_secret": "a" * 257},
]  # fmt: skip


class TestRefusals:
    def test_a_bad_body_is_400(self, cloud: dict[str, str]) -> None:
        for body in BAD:
            refusal_message(call(create, body=body), 400, body)

    def test_256_characters_are_taken(self, tenant: Tenant) -> None:
        assert request_token("ä" * 256, "ä" * 256).status == 401

    def test_an_unknown_client_and_a_wrong_secret_are_told_alike_and_cost_the_same(self, tenant: Tenant, aws_requests: Recorder) -> None:
        aws_requests.clear()
        wrong, first = bad(tenant, source="198.51.100.1"), list(aws_requests.requests)
        aws_requests.clear()
        unknown = request_token("nobody", SECRET, source="198.51.100.2")
        assert (wrong.status, wrong.json) == (unknown.status, unknown.json)
        assert refusal_message(unknown, 401)
        assert aws_requests.requests == [name for name in first if "GetSecretValue" not in name]


class TestThrottling:
    def test_ten_failures_for_a_client_make_it_wait(self, tenant: Tenant) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            for number in range(10):
                refusal_message(bad(tenant, source=f"198.51.100.{number}"), 401)
                clock.shift(10)
            answer = good(tenant)
            assert refusal_message(answer, 429)
            assert answer.headers["Retry-After"] == "200"
            clock.move_to(NOW + timedelta(minutes=5))
            assert good(tenant).status == 200

    def test_ten_failures_from_an_address_make_it_wait(self, tenant: Tenant) -> None:
        with time_machine.travel(NOW, tick=False):
            for number in range(10):
                refusal_message(request_token(f"guess-{number}", "wrong"), 401)
            refusal_message(good(tenant), 429)
            assert good(tenant, source="198.51.100.9").status == 200

    def test_nobody_elsewhere_locks_out_a_client_that_came_before(self, tenant: Tenant) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            assert good(tenant).status == 200
            clock.shift(timedelta(days=29))
            assert [bad(tenant, source=f"198.51.100.{number}").status for number in range(11)] == [401] * 10 + [429]
            assert good(tenant, source="198.51.100.99").status == 429
            assert good(tenant).status == 200
            clock.shift(timedelta(days=2))
            assert [bad(tenant, source="198.51.100.1").status for _ in range(10)] == [401] * 10
            assert good(tenant).status == 200

    def test_a_client_that_came_before_waits_for_its_own_failures(self, tenant: Tenant) -> None:
        with time_machine.travel(NOW, tick=False):
            assert good(tenant).status == 200
            assert [bad(tenant).status for _ in range(11)] == [401] * 10 + [429]
            assert good(tenant).status == 429

    def test_who_fails_for_others_does_not_lock_out_neighbours(self, tenant: Tenant) -> None:
        """Clients behind one address, such as that of a company's network."""
        with time_machine.travel(NOW, tick=False):
            assert good(tenant).status == 200
            assert [request_token(f"guess-{number}", "wrong").status for number in range(11)] == [401] * 10 + [429]
            assert good(tenant).status == 200

    def test_a_success_is_noted_once_a_day(self, tenant: Tenant, aws_requests: Recorder) -> None:
        def writes() -> int:
            aws_requests.clear()
            assert good(tenant).status == 200
            return sum("TransactWriteItems" in name for name in aws_requests.requests)

        with time_machine.travel(NOW, tick=False) as clock:
            assert [writes(), writes()] == [1, 0]
            clock.shift(timedelta(days=1))
            assert [writes(), writes()] == [1, 0]

    def test_guesses_made_at_once_are_answered_one_after_the_other(self, tenant: Tenant) -> None:
        with pending_interference():
            before_next_transaction(lambda: [bad(tenant, source=f"198.51.100.{number}") for number in range(10)])
            assert good(tenant).status == 429

    def test_who_waits_is_not_counted(self, tenant: Tenant) -> None:
        with time_machine.travel(NOW, tick=False) as clock:
            for _ in range(10):
                bad(tenant)
            clock.shift(200)
            for _ in range(3):
                refusal_message(bad(tenant), 429)
            clock.move_to(NOW + timedelta(minutes=5))
            assert good(tenant).status == 200

    def test_bad_bodies_are_not_counted(self, tenant: Tenant) -> None:
        for _ in range(11):
            refusal_message(call(create, body={"client_id": tenant.things.client.id}), 400)
        assert good(tenant).status == 200

    def test_an_address_of_ipv6_is_its_network(self, tenant: Tenant) -> None:
        for number in range(10):
            request_token(f"guess-{number}", "wrong", source=f"2001:db8::{number + 1}")
        refusal_message(good(tenant, source="2001:db8::ffff"), 429)
        assert good(tenant, source="2001:db8:0:1::1").status == 200
