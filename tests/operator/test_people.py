"""`muster organization` and `muster user`: what they list, show, change, disable and delete."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.errors import Conflict
from fleet.identity import manage_users
from fleet.identity.user import MOST_MEMBERSHIPS, Membership
from fleet.ids import to_uuid
from fleet.lifecycle import provision, retire
from fleet.registry import manage_groups
from fleet.registry.devices import Devices
from functions.thingsee.auth import create as create_token
from functions.thingsee.group import list as list_groups
from functions.wisdm.api_key import list as list_keys
from functions.wisdm.session import create as sign_in
from functions.wisdm.version import get as get_version
from muster.operator import api_key, organization, thingsee_client, user
from tests.harness.call import Response, call
from tests.harness.fleet import Fleet
from tests.harness.interference import before_next_transaction
from tests.operator.console import Console
from tests.workers.messages import NOW

EMAIL, PASSWORD = "ada@harbour.example", "blue-anchor horse 9!"
SENSOR = "TSPD04A1B2C3D4E5"


@pytest.fixture
def harbour(cloud: dict[str, str]) -> organization.OrganizationState:
    return organization.create("Harbour", "harbour")


@pytest.fixture
def ada(harbour: organization.OrganizationState) -> user.UserState:
    return user.create(EMAIL, ["harbour:manager"], username="ada", password=PASSWORD)


def signed_in() -> Response:
    return call(sign_in.handler, body={"email": EMAIL, "password": PASSWORD})


def keys_of(id: str, token: str) -> int:
    return call(list_keys.handler, {"organizationId": to_uuid(id)}, headers={"Authorization": f"Bearer {token}"}).status


class Credentials:
    """One credential of each kind of an organization, in the state before it is disabled."""

    def __init__(self, slug: str) -> None:
        self.id = organization.show(slug).id
        self.key = api_key.create(api_key.KeyRequest(organization=slug, name="reader", access="READ_ONLY", days=9)).key
        self.secret = thingsee_client.create(slug, "field-app-7").client_secret
        self.token = self._token().json["data"]["token"]
        self.session = signed_in().json["token"]

    def _token(self) -> Response:
        return call(create_token.handler, body={"client_id": "field-app-7", "client_secret": self.secret})

    def statuses(self) -> list[int]:
        return [
            call(get_version.handler, key=self.key).status,
            self._token().status,
            call(list_groups.handler, headers={"Authorization": f"Bearer {self.token}"}).status,
            signed_in().status,
            keys_of(self.id, self.session),
        ]


class TestOrganizations:
    def test_are_listed_without_the_shared_one(self, muster: Console, harbour: organization.OrganizationState) -> None:
        meadow = muster("organization", "create", "--name", "Meadow", "--slug", "meadow", "--json").json
        listed = muster("organization", "list", "--json").json
        assert {each["slug"] for each in listed} == {"harbour", "meadow"}
        assert meadow in listed
        assert meadow == muster("organization", "show", "--organization", "meadow", "--json").json
        assert "Organization Meadow (meadow)" in muster("organization", "list").out

    def test_the_shared_one_is_no_organization_of_anybody(self, muster: Console, harbour: organization.OrganizationState) -> None:
        assert "choose another" in muster.refused("organization", "create", "--name", "Shared", "--slug", "shared")
        for verb in ("show", "disable", "delete"):
            assert "organization create" in muster.refused("organization", verb, "--organization", "shared")

    def test_are_renamed(self, muster: Console, harbour: organization.OrganizationState) -> None:
        renamed = ("organization", "rename", "--organization", "harbour", "--name", "Harbour West", "--json")
        assert [muster(*renamed).json["name"] for _ in range(2)] == ["Harbour West"] * 2
        assert organization.show(harbour.id).name == "Harbour West"
        assert "--name must have" in muster.misused(*renamed[:4], "--name", " ")

    def test_disabling_refuses_every_credential_and_enabling_admits_them(self, muster: Console, ada: user.UserState) -> None:
        credentials = Credentials("harbour")
        assert credentials.statuses() == [200, 200, 200, 201, 200]
        for _ in range(2):
            assert muster("organization", "disable", "--organization", "harbour", "--json").json["active"] is False
            assert credentials.statuses() == [403, 401, 401, 401, 401]
        assert ", disabled" in muster("organization", "show", "--organization", "harbour").out
        assert muster("organization", "enable", "--organization", "harbour", "--json").json["active"] is True
        assert credentials.statuses() == [200, 200, 200, 201, 200]
        actions = {entry["action"] for entry in muster("audit", "--organization", "harbour", "--json").json}
        assert actions == {
            "api_key.created",
            "client.token_issued",
            "client.token_refused",
            "organization.disabled",
            "organization.enabled",
        }

    def test_a_disabled_one_gets_no_credentials_members_and_groups(self, muster: Console, ada: user.UserState) -> None:
        organization.set_active("harbour", False)
        key = ("api-key", "create", "--organization", "harbour", "--name", "x", "--access", "READ_ONLY", "--days", "9")
        assert "organization enable" in muster.refused(*key)
        assert "organization enable" in muster.refused("thingsee-client", "create", "--organization", "harbour", "--client-id", "x")
        assert "organization enable" in muster.refused("user", "create", "--email", "bob@harbour.example", "--member", "harbour:member")
        assert "organization enable" in muster.refused("group", "create", "--organization", "harbour", "--name", "cold-room")
        bob = user.create("bob@meadow.example", [f"{organization.create('Meadow', 'meadow').id}:member"])
        assert "organization enable" in muster.refused("user", "member", "--user", bob.email, "--member", "harbour:member")
        with pytest.raises(Conflict, match="enable it first"):
            manage_users.join(EVERYWHERE, bob.id, Membership(organization=organization.show("harbour").id, organization_active=False))
        assert [each["id"] for each in muster("user", "list", "--organization", "harbour", "--json").json] == [ada.id]

    @pytest.mark.parametrize("meanwhile", [False, True])
    def test_a_disabled_one_gets_no_devices(self, muster: Console, harbour: organization.OrganizationState, meanwhile: bool) -> None:
        sensor = ("thing", "provision", "--kind", "sensor", "--tuid", SENSOR, "--organization", "harbour")
        gateway = ("thing", "provision", "--kind", "gateway", "--tuid", "TSGW02A1B2C3D4E5", "--organization", "harbour")
        for command in (sensor, gateway):
            disable = functools.partial(organization.set_active, "harbour", False)
            before_next_transaction(disable) if meanwhile else disable()
            assert "enable it first" in muster.refused(*command)
            organization.set_active("harbour", True)
        assert list(Devices.of_organization(EVERYWHERE, harbour.id)) == []
        assert [muster(*command).code for command in (sensor, gateway)] == [0, 0]

    def test_is_deleted_when_it_is_disabled_and_empty(self, muster: Console, ada: user.UserState) -> None:
        delete = ("organization", "delete", "--organization", "harbour")
        credentials = Credentials("harbour")
        assert "disable it first" in muster.refused(*delete)
        organization.set_active("harbour", False)
        assert "still has members, API keys, clients: delete them first" in muster.refused(*delete)
        muster("thingsee-client", "delete", "--client-id", "field-app-7")
        assert "still has members, API keys:" in muster.refused(*delete)
        assert credentials.statuses()[1] == 401
        (key,) = muster("api-key", "list", "--organization", "harbour", "--json").json
        muster("api-key", "delete", "--organization", "harbour", "--key", key["id"])
        muster("user", "member", "--user", "ada", "--leave", "harbour")
        assert muster(*delete).code == 0
        assert "organization create" in muster.refused("organization", "show", "--organization", "harbour")

    def test_a_deleted_one_leaves_its_slug_to_others(self, muster: Console, harbour: organization.OrganizationState) -> None:
        organization.set_active("harbour", False)
        assert muster("organization", "delete", "--organization", "harbour", "--json").json["id"] == harbour.id
        assert "organization create" in muster.refused("organization", "show", "--organization", harbour.id)
        assert muster("organization", "list", "--json").json == []
        assert organization.create("Harbour", "harbour").id != harbour.id

    def test_devices_and_locations_keep_it(self, muster: Console, fleet: Fleet) -> None:
        owner = fleet.organization()
        fleet.gateway(owner, fleet.location(owner))
        organization.set_active(owner.slug, False)
        assert "devices, locations:" in muster.refused("organization", "delete", "--organization", owner.slug)

    def test_deleted_devices_and_groups_keep_it(self, muster: Console, fleet: Fleet) -> None:
        owner = fleet.organization()
        manage_groups.create(EVERYWHERE, owner.id, "cold-room", "")
        retire.retire(EVERYWHERE, provision.create_sensor(EVERYWHERE, owner.id, SENSOR, NOW).id, NOW)
        organization.set_active(owner.slug, False)
        assert "still has deleted devices, groups:" in muster.refused("organization", "delete", "--organization", owner.slug)


class TestUsers:
    def test_are_listed_and_shown_by_either_name(self, muster: Console, ada: user.UserState) -> None:
        organization.create("Meadow", "meadow")
        bob = muster("user", "create", "--email", "bob@meadow.example", "--member", "meadow:manager/field-operator", "--json").json
        assert {each["username"] for each in muster("user", "list", "--json").json} == {"ada", "bob@meadow.example"}
        assert muster("user", "list", "--organization", "meadow", "--json").json == [without_password(bob)]
        shown = [muster("user", "show", "--user", name, "--json").json["id"] for name in ("ada", "ADA", EMAIL, EMAIL.upper())]
        assert shown == [ada.id] * 4
        assert "manager/field-operator" in muster("user", "list").out

    def test_nobody_is_not_found(self, muster: Console, harbour: organization.OrganizationState) -> None:
        for verb in ("show", "disable", "enable", "delete"):
            assert "muster user create" in muster.refused("user", verb, "--user", "nobody")

    def test_a_superuser_needs_no_organization(self, muster: Console, cloud: dict[str, str]) -> None:
        made = muster("user", "create", "--email", EMAIL, "--superuser", "--totp", "--json").json
        assert (made["superuser"], made["memberships"]) == (True, [])
        assert made["totpUri"].startswith("otpauth://totp/Muster:ada@harbour.example?")
        body = {"email": EMAIL, "password": made["password"], "verificationCode": user.code(made["totpSecret"]).code}
        assert call(sign_in.handler, body=body).status == 201
        assert muster("user", "show", "--user", EMAIL).out.startswith(f"Superuser {EMAIL}\n")

    @pytest.mark.parametrize(
        "member", ["harbour", "harbour:", "harbour:owner", "harbour:member/operator", "harbour:manager/Operator", ":member"]
    )
    def test_what_is_no_membership_is_refused(self, muster: Console, harbour: organization.OrganizationState, member: str) -> None:
        assert "--member must be" in muster.misused("user", "create", "--email", EMAIL, "--member", member)

    def test_memberships_are_one_in_each_organization(self, muster: Console, harbour: organization.OrganizationState) -> None:
        create = ("user", "create", "--email", EMAIL)
        assert "--member must be given" in muster.misused(*create)
        assert "once" in muster.misused(*create, "--member", "harbour:member", "--member", f"{harbour.id}:manager")
        assert "organization create" in muster.refused(*create, "--member", "meadow:member")

    @pytest.mark.parametrize("username", ["", "a b", "ä", "x" * 151])
    def test_what_is_no_username_is_refused(self, muster: Console, ada: user.UserState, username: str) -> None:
        assert "--username must have" in muster.misused("user", "rename", "--user", "ada", f"--username={username}")

    def test_each_name_is_taken_once_whatever_its_case(self, muster: Console, ada: user.UserState) -> None:
        create = ("user", "create", "--member", "harbour:member")
        assert "this username exists" in muster.refused(*create, "--email", "bob@harbour.example", "--username", "Ada")
        assert "this email address exists" in muster.refused(*create, "--email", EMAIL.upper(), "--username", "bob")
        muster(*create, "--email", "bob@harbour.example", "--username", "bob")
        assert "this username exists" in muster.refused("user", "rename", "--user", "bob", "--username", "ADA")
        assert "this email address exists" in muster.refused("user", "rename", "--user", "bob", "--email", EMAIL)

    def test_are_renamed_and_leave_their_names_to_others(self, muster: Console, ada: user.UserState) -> None:
        renamed = muster("user", "rename", "--user", "ada", "--username", "Ada", "--email", "ada@meadow.example", "--json").json
        assert (renamed["username"], renamed["email"]) == ("Ada", "ada@meadow.example")
        assert "--username or --email" in muster.misused("user", "rename", "--user", "ada")
        assert signed_in().status == 401
        assert user.create(EMAIL, ["harbour:member"], username="lovelace", password=PASSWORD).id != ada.id
        assert signed_in().status == 201

    def test_are_put_into_organizations_and_out_again(self, muster: Console, ada: user.UserState) -> None:
        token, meadow = signed_in().json["token"], organization.create("Meadow", "meadow")
        member = ("user", "member", "--user", "ada")
        assert keys_of(meadow.id, token) == 404
        assert muster(*member, "--member", "meadow:member", "--json").json["memberships"][1] == "meadow:member"
        assert keys_of(meadow.id, token) == 403
        assert muster(*member, "--member", "meadow:manager/operator").code == 0
        assert keys_of(meadow.id, token) == 200
        assert muster(*member, "--leave", "harbour", "--json").json["memberships"] == ["meadow:manager/operator"]
        assert (keys_of(organization.show("harbour").id, token), keys_of(meadow.id, token)) == (404, 200)
        assert "muster user show" in muster.refused(*member, "--leave", "harbour")
        assert "in no organization now" in muster(*member, "--leave", "meadow").out
        assert keys_of(meadow.id, token) == 401

    def test_are_in_forty_organizations_at_most(self, muster: Console, ada: user.UserState) -> None:
        for number in range(1, MOST_MEMBERSHIPS):
            user.join("ada", f"{organization.create('Quay', f'quay-{number}').id}:member")
        organization.create("Meadow", "meadow")
        member = ("user", "member", "--user", "ada", "--member")
        assert "at most 40 organizations" in muster.refused(*member, "meadow:member")
        assert muster(*member, "quay-1:manager").code == 0

    def test_disabling_ends_sessions_for_good(self, muster: Console, ada: user.UserState) -> None:
        token, owner = signed_in().json["token"], organization.show("harbour").id
        assert muster("user", "disable", "--user", "ada", "--json").json["active"] is False
        assert (signed_in().status, keys_of(owner, token)) == (401, 401)
        assert ", disabled" in muster("user", "show", "--user", "ada").out
        assert muster("user", "enable", "--user", "ada", "--json").json["active"] is True
        assert (signed_in().status, keys_of(owner, token)) == (201, 401)

    def test_deleting_leaves_nothing(self, muster: Console, ada: user.UserState) -> None:
        assert muster("user", "delete", "--user", EMAIL, "--json").json["id"] == ada.id
        assert signed_in().status == 401
        assert muster("user", "list", "--json").json == muster("user", "list", "--organization", "harbour", "--json").json == []
        assert user.create(EMAIL, ["harbour:member"], username="ada").id != ada.id


def without_password(made: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in made.items() if name != "password"}
