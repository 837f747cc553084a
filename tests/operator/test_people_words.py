"""What `muster user`, `organization` and `thingsee-client` say of what they did, and of options that they refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

from fleet.ids import new_id
from muster.operator import api_key, organization
from tests.operator.console import Console

EMAIL = "ada@harbour.example"
USER = ("user", "create", "--email", EMAIL)
CLIENT = ("thingsee-client", "create", "--organization", "harbour", "--client-id", "field-app-7")


@pytest.fixture
def harbour(cloud: dict[str, str]) -> organization.OrganizationState:
    return organization.create("Harbour", "harbour")


def test_a_password_file_that_cannot_be_read(muster: Console, harbour: organization.OrganizationState, tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    for file in (tmp_path / "none", tmp_path, binary):
        assert "--password-file" in muster.misused(*USER, "--member", "harbour:member", "--password-file", str(file))
    assert muster("user", "list", "--json").json == []


@pytest.mark.parametrize(
    "command", [("user", "list"), ("api-key", "list"), ("thingsee-client", "list"), ("location", "list"), ("group", "list"), ("audit",)]
)
def test_a_list_of_nothing_says_so(muster: Console, harbour: organization.OrganizationState, command: tuple[str, ...]) -> None:
    assert muster(*command, "--organization", "harbour").out == "There are none.\n"
    assert muster(*command, "--organization", "harbour", "--json").json == []


def test_what_is_deleted_is_said_to_be(muster: Console, harbour: organization.OrganizationState) -> None:
    muster(*USER, "--member", "harbour:member")
    muster(*CLIENT)
    assert muster("user", "delete", "--user", EMAIL).out.startswith(f"Deleted: user {EMAIL}, ")
    assert muster("thingsee-client", "delete", "--client-id", "field-app-7").out.startswith("Deleted: Thingsee client field-app-7 ")
    muster("organization", "disable", "--organization", "harbour")
    assert muster("organization", "delete", "--organization", "harbour").out == f"Deleted: organization Harbour (harbour), {harbour.id}\n"


@pytest.mark.parametrize(
    ("options", "warned"),
    [
        (("--member", "harbour:manager"), True),
        (("--superuser",), True),
        (("--superuser", "--member", "harbour:member"), True),
        (("--member", "harbour:member"), False),
        (("--member", "harbour:manager", "--totp"), False),
    ],
)
def test_who_may_change_much_with_a_password_alone(
    muster: Console, harbour: organization.OrganizationState, options: tuple[str, ...], warned: bool
) -> None:
    assert ("The password alone" in muster(*USER, *options).out) is warned


def test_nobody_is_created_who_cannot_sign_in(muster: Console, harbour: organization.OrganizationState) -> None:
    assert "--superuser: who is in no organization cannot sign in" in muster.misused(*USER)


def test_organizations_are_shown_by_their_slugs(muster: Console, harbour: organization.OrganizationState) -> None:
    organization.create("Meadow", "meadow")
    muster(*USER, "--member", "harbour:manager/operator", "--member", "meadow:member")
    muster(*CLIENT)
    own = ("--organization", "harbour")
    assert "of organization harbour, reads" in muster("thingsee-client", "list", *own).out
    muster("organization", "disable", *own)
    for said in (muster("user", "show", "--user", EMAIL).out, muster("user", "list").out):
        assert "member          meadow:member, harbour:manager/operator (disabled)\n" in said
    assert "of organization harbour, which is disabled, reads" in muster("thingsee-client", "list", *own).out
    assert muster("user", "show", "--user", EMAIL, "--json").json["disabledMemberships"] == ["harbour:manager/operator"]


def test_an_unknown_organization_leads_to_the_list(muster: Console, harbour: organization.OrganizationState) -> None:
    for command in (("device", "list"), ("organization", "show"), ("api-key", "list")):
        assert "muster organization list" in muster.refused(*command, "--organization", "nosuch")


def test_a_malformed_secret_is_no_option(muster: Console) -> None:
    refused = muster.misused("user", "code", "XXX")
    assert "The secret must be" in refused
    assert "--" not in refused


def test_the_log_of_a_deleted_organization_is_read_by_its_id(muster: Console, harbour: organization.OrganizationState) -> None:
    own = ("--organization", "harbour")
    key = api_key.create(api_key.KeyRequest(organization="harbour", name="reader", access="READ_ONLY", days=9))
    muster("api-key", "delete", *own, "--key", key.id)
    before = muster("audit", *own, "--json").json
    assert "api_key.deleted" in {entry["action"] for entry in before}
    for verb in ("disable", "delete"):
        assert muster("organization", verb, *own).code == 0
    assert "by its id" in muster.refused("audit", *own)
    for id in (harbour.id, harbour.uuid):
        log = muster("audit", "--organization", id, "--json").json
        assert [entry for entry in log if entry in before] == before
    assert "muster organization list" in muster.refused("audit", "--organization", new_id())
