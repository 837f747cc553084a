"""DELETE /v4/session, and who is let into the console (contract, 10.1)."""

from __future__ import annotations

import pytest

from functions.wisdm.api_key import list as list_keys
from tests.contract.wisdm.office import Office
from tests.contract.wisdm.tenant import Tenant, refused
from tests.harness.call import call
from tests.harness.fleet import Fleet


@pytest.fixture
def office(fleet: Fleet) -> Office:
    return Office.open(fleet)


def test_ends_the_session_at_once(office: Office) -> None:
    answer = office.sign_out()
    assert (answer.status, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    assert refused(office.sign_out(), 401) == "Unauthorized"


def test_leaves_other_sessions_of_the_user(office: Office) -> None:
    other = Office(office.fleet, office.organization, office.key, office.person, office.fleet.session(office.person))
    office.sign_out()
    assert other.keys().status == 200


def test_somebody_who_is_no_administrator_signs_out_too(fleet: Fleet) -> None:
    assert Office.open(fleet, administrator=False).sign_out().status == 204


def test_somebody_who_is_no_administrator_manages_nothing(fleet: Fleet) -> None:
    office = Office.open(fleet, administrator=False)
    foreign = call(list_keys.handler, Tenant.of(fleet).path, headers=office.bearer)
    assert refused(office.keys(), 403) == refused(office.create(), 403) == refused(foreign, 403) == "Action is not allowed"


@pytest.mark.parametrize("change", [lambda t: "", lambda t: t[:-1], lambda t: t + "A", lambda t: t.upper(), lambda t: f"x{t}"])
def test_a_malformed_token_is_unauthorized(office: Office, change: object) -> None:
    assert callable(change)
    answer = call(list_keys.handler, office.path, headers={"Authorization": f"Bearer {change(office.token)}"})
    assert refused(answer, 401) == "Unauthorized"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("header", ["Basic {}", "{}", "Token {}", "Bearer"])
def test_another_scheme_is_unauthorized(office: Office, header: str) -> None:
    assert refused(call(list_keys.handler, office.path, headers={"Authorization": header.format(office.token)}), 401)


def test_the_scheme_counts_in_any_case(office: Office) -> None:
    assert call(list_keys.handler, office.path, headers={"Authorization": f"bearer {office.token}"}).status == 200


def test_an_api_key_is_not_allowed_here(office: Office) -> None:
    assert refused(call(list_keys.handler, office.path, key=office.key), 403) == "Action is not allowed"


def test_a_session_is_no_api_key(office: Office) -> None:
    from functions.wisdm.version import get

    assert refused(call(get.handler, headers=office.bearer), 403) == refused(call(get.handler, key=office.token), 403) == "Forbidden"


def test_another_organization_is_as_unknown_as_any(office: Office) -> None:
    foreign = call(list_keys.handler, Tenant.of(office.fleet).path, headers=office.bearer)
    unknown = call(list_keys.handler, {"organizationId": "0b6f3f0e-5a2c-4f0e-9f53-1d6f2b7c9a10"}, headers=office.bearer)
    assert refused(foreign, 404)
    assert foreign.content == unknown.content
