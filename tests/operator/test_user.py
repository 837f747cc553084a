"""`muster user create`, `muster user code` and `muster audit`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from fleet.aws import table
from fleet.ids import to_uuid
from functions.wisdm.api_key import create as create_key
from functions.wisdm.session import create as sign_in
from muster.operator import organization
from tests.harness.aws import stored
from tests.harness.call import Response, call
from tests.harness.people import OPERATOR
from tests.operator.console import Console

CREATE = ("user", "create", "--email", "admin@harbour.example")
MEMBER = (*CREATE, "--member", "harbour:member")
MANAGER = (*CREATE, "--member", "harbour:manager")
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def new_organization(cloud: dict[str, str]) -> organization.OrganizationState:
    return organization.create("Harbour", "harbour")


def signed_in(password: str, code: str | None = None) -> Response:
    return call(sign_in.handler, body={"email": "admin@harbour.example", "password": password, "verificationCode": code})


def test_the_user_signs_in_with_what_was_shown(muster: Console, new_organization: organization.OrganizationState) -> None:
    made = muster(*MEMBER, "--json").json
    assert made == {
        "id": made["id"],
        "username": "admin@harbour.example",
        "email": "admin@harbour.example",
        "superuser": False,
        "active": True,
        "memberships": ["harbour:member"],
        "disabledMemberships": [],
        "authenticator": False,
        "password": made["password"],
    }
    assert signed_in(made["password"]).status == 201


def test_an_authenticator_is_set_up_with_what_was_shown(muster: Console, new_organization: organization.OrganizationState) -> None:
    made = muster(*MANAGER, "--totp", "--json").json
    uri = urlsplit(made["totpUri"])
    assert (uri.scheme, uri.netloc, uri.path) == ("otpauth", "totp", "/Muster%20Harbour:admin@harbour.example")
    output = {name: value[0] for name, value in parse_qs(uri.query).items()}
    expected = {"secret": made["totpSecret"], "issuer": "Muster Harbour", "algorithm": "SHA1", "digits": "6", "period": "30"}
    assert output == expected
    assert signed_in(made["password"]).status == 401
    assert signed_in(made["password"], muster("user", "code", made["totpSecret"]).out.strip()).status == 201


def test_what_is_shown_is_kept_nowhere(muster: Console, new_organization: organization.OrganizationState) -> None:
    made = muster(*MEMBER, "--totp", "--json").json
    kept = repr(stored(table.table()))
    assert made["password"] not in kept
    assert made["totpSecret"] not in kept


def test_says_in_words_what_it_made(muster: Console, new_organization: organization.OrganizationState) -> None:
    said = muster(*MANAGER, "--totp").out
    assert said.startswith("User admin@harbour.example\n")
    assert "harbour:manager" in said
    assert "otpauth://totp/" in said
    assert "not shown again" in said


def test_a_password_may_be_brought(muster: Console, new_organization: organization.OrganizationState, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("blue-anchor horse 9!\n")
    made = muster(*MEMBER, "--password-file", str(tmp_path / "password"), "--json").json
    assert "password" not in made
    assert signed_in("blue-anchor horse 9!").status == 201


def test_a_short_password_is_refused(muster: Console, new_organization: organization.OrganizationState, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("short\n")
    assert "--password-file must have 12" in muster.misused(*MEMBER, "--password-file", str(tmp_path / "password"))


def test_an_address_belongs_to_one_user(muster: Console, new_organization: organization.OrganizationState) -> None:
    organization.create("Meadow", "meadow")
    muster(*MEMBER)
    others = ("user", "create", "--member", "meadow:member", "--email", "ADMIN@harbour.example", "--username", "ada")
    assert "this email address exists: choose another" in muster.refused(*others)


@pytest.mark.parametrize("email", ["nobody", "@", "a b@example.com", "a@b@c"])
def test_what_is_no_address_is_refused(muster: Console, new_organization: organization.OrganizationState, email: str) -> None:
    assert "--email must be" in muster.misused(*CREATE[:2], "--member", "harbour:member", "--username", "ada", "--email", email)


def test_the_organization_must_be_there(muster: Console) -> None:
    assert "muster organization create" in muster.refused(*MEMBER)


def test_a_code_says_how_long_it_is_the_current_one(muster: Console) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    with time_machine.travel(datetime.fromtimestamp(59, UTC), tick=False):
        assert muster("user", "code", secret, "--json").json == {"code": "287082", "until": "1970-01-01T00:01:00Z"}
        assert muster("user", "code", f"{secret[:8]} {secret[8:]}".lower()).out == "287082\n"
    assert "secret" in muster.misused("user", "code", "not a secret!")


def test_the_audit_log_is_shown(muster: Console, new_organization: organization.OrganizationState) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        key = muster(
            "api-key", "create", "--organization", "harbour", "--name", "reader", "--access", "READ_ONLY", "--days", "9", "--json"
        ).json
        clock.move_to(NOON + timedelta(days=2))
        password = muster(*MANAGER, "--json").json["password"]
        token = signed_in(password).json["token"]
        wanted = {"name": "writer", "access": "READ_ONLY", "lifespanDays": 5, "confirmation": {"password": password}}
        headers = {"Authorization": f"Bearer {token}"}
        made = call(create_key.handler, {"organizationId": to_uuid(new_organization.id)}, body=wanted, headers=headers).json
        entries = muster("audit", "--organization", "harbour", "--json").json
        first, second = entries
        assert first == {
            "organization": new_organization.id, "at": "2026-01-05T12:00:00Z", "actor": OPERATOR.actor,
            "action": "api_key.created", "key": key["id"], "fields": [],
        }  # fmt: skip
        assert (second["email"], second["key"], second["at"]) == ("admin@harbour.example", made["id"], "2026-01-07T12:00:00Z")
        for since in ("36h", "1d", "2026-01-06T00:00:00Z", "2026-01-06"):
            assert muster("audit", "--organization", "harbour", "--since", since, "--json").json == [second]
        said = muster("audit", "--organization", "harbour").out.splitlines()
    assert said[0] == f"2026-01-05 12:00:00 {OPERATOR.actor}: api_key.created {key['id']}"
    assert len(said) == 2


@pytest.mark.parametrize("since", ["yesterday", "0d", "5m", "2026-13-01"])
def test_what_is_no_time_is_refused(muster: Console, new_organization: organization.OrganizationState, since: str) -> None:
    assert "--since must be a time" in muster.misused("audit", "--organization", "harbour", "--since", since)
