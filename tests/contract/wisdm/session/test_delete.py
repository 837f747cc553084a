"""DELETE /v4/session, and who is let into the console (wisdm.md 10.1)."""

from __future__ import annotations

from functions.wisdm.api_key import list as list_keys
from functions.wisdm.session import delete
from functions.wisdm.version import get
from tests.contract.wisdm.answers import is_accepted, refusal_message
from tests.contract.wisdm.console import Console
from tests.contract.wisdm.tenant import Tenant
from tests.harness.call import call


def test_ends_the_session_at_once(console: Console) -> None:
    assert is_accepted(call(delete.handler, headers=console.bearer))
    assert refusal_message(console.sign_out(), 401) == "Unauthorized"


def test_leaves_other_sessions_of_the_user(console: Console) -> None:
    other = console.again()
    console.sign_out()
    assert other.keys().status == 200


def test_somebody_who_is_no_administrator_signs_out_and_manages_nothing(tenant: Tenant, other_tenant: Tenant) -> None:
    console = Console.open(tenant.fleet, tenant=tenant, administrator=False)
    foreign = call(list_keys.handler, other_tenant.path, headers=console.bearer)
    assert (
        refusal_message(console.keys(), 403)
        == refusal_message(console.create(), 403)
        == refusal_message(foreign, 403)
        == "Action is not allowed"
    )
    assert console.sign_out().status == 204


def test_a_malformed_token_is_unauthorized(console: Console) -> None:
    token = console.token
    for malformed in ("", token[:-1], f"{token}A", token.upper(), f"x{token}"):
        answer = call(list_keys.handler, console.path, headers={"Authorization": f"Bearer {malformed}"})
        assert refusal_message(answer, 401) == "Unauthorized", malformed
        assert answer.headers["WWW-Authenticate"] == "Bearer", malformed


def test_another_scheme_is_unauthorized(console: Console) -> None:
    for header in ("Basic {}", "{}", "Token {}", "Bearer"):
        answer = call(list_keys.handler, console.path, headers={"Authorization": header.format(console.token)})
        assert refusal_message(answer, 401) == "Unauthorized", header


def test_the_scheme_counts_in_any_case(console: Console) -> None:
    assert call(list_keys.handler, console.path, headers={"Authorization": f"bearer {console.token}"}).status == 200


def test_an_api_key_is_not_allowed_here(console: Console) -> None:
    assert refusal_message(call(list_keys.handler, console.path, key=console.key), 403) == "Action is not allowed"


def test_beside_a_session_an_api_key_does_not_count(console: Console) -> None:
    for key in (console.key, "wdk_nothing"):
        assert call(list_keys.handler, console.path, key=key, headers=console.bearer).status == 200
    answer = call(list_keys.handler, console.path, key=console.key, headers={"Authorization": "Bearer wds_nothing"})
    assert refusal_message(answer, 401)


def test_a_session_is_no_api_key(console: Console) -> None:
    assert (
        refusal_message(call(get.handler, headers=console.bearer), 403)
        == refusal_message(call(get.handler, key=console.token), 403)
        == "Forbidden"
    )


def test_another_organization_is_as_unknown_as_any(console: Console, other_tenant: Tenant) -> None:
    foreign = call(list_keys.handler, other_tenant.path, headers=console.bearer)
    unknown = call(list_keys.handler, {"organizationId": "0b6f3f0e-5a2c-4f0e-9f53-1d6f2b7c9a10"}, headers=console.bearer)
    assert refusal_message(foreign, 404)
    assert foreign.content == unknown.content
