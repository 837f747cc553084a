"""`muster token create`, `list` and `revoke`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import table
from fleet.errors import Unauthenticated
from fleet.lifecycle import retire
from fleet.registry.devices import Devices
from fleet.tokens.access_token import MOST_DEVICES, AccessToken
from fleet.tokens.identify_access_token import identify
from muster.operator import organization
from tests.harness.aws import stored
from tests.harness.interference import before_next_transaction
from tests.harness.people import OPERATOR
from tests.operator.console import Console

CREATE = ("token", "create", "--organization", "harbour", "--name", "field app")
READER = (*CREATE, "--scope", "all.Application.read")
OF_DEVICE = (*CREATE, "--scope", "all.Device")
TUIDS = ("TSPD04A1B2C3D4E05", "TSPD04A1B2C3D4E06", "TSPD04A1B2C3D4E07")


@pytest.fixture
def harbour(clock: time_machine.Traveller, cloud: dict[str, str]) -> organization.OrganizationState:
    return organization.create("Harbour", "harbour")


def opened(text: str) -> AccessToken | None:
    """The token that a text identifies, or None."""
    try:
        token, _ = identify(text, datetime.now(UTC), ())
    except Unauthenticated:
        return None
    return token


def devices(muster: Console, slug: str = "harbour", count: int = 3) -> list[str]:
    """The ids of devices, in the order in which they were made."""
    for tuid in TUIDS[:count]:
        muster("thing", "provision", "--tuid", tuid, "--organization", slug, "--kind", "sensor")
    listed = {each.tuid: each.id for each in Devices.of_organization(EVERYWHERE, organization.find(slug).id)}
    return [listed[tuid] for tuid in TUIDS[:count]]


def listed(muster: Console, slug: str = "harbour") -> list[Any]:
    found: list[Any] = muster("token", "list", "--organization", slug, "--json").json
    return found


class TestCreate:
    def test_the_help_says_which_scopes_there_are_and_how_several_are_given(self, muster: Console) -> None:
        text = " ".join(muster("token", "create", "--help").out.split())
        assert "--scope SCOPE one of all.Application, all.Application.read, " in text
        assert "; give it again for more" in text
        assert "its scopes are all.Device or all.Device.read" in text

    def test_several_scopes_in_one_are_refused_with_how_they_are_given(
        self, muster: Console, harbour: organization.OrganizationState
    ) -> None:
        refused = muster.misused(*CREATE, "--scope", "devices.get, devices.post")
        assert "argument --scope: takes one scope: --scope devices.get --scope devices.post" in refused
        assert listed(muster) == []

    def test_the_text_opens_the_organization(self, muster: Console, harbour: organization.OrganizationState) -> None:
        made = muster(*READER, "--scope", "devices.*", "--owner-email", "ada@example.com", "--days", "30", "--json").json
        token = opened(made["token"])
        assert token is not None
        assert (token.id, token.organization, token.name) == (made["id"], harbour.id, "field app")
        assert (token.scopes, token.owner_email, token.visible) == (("all.Application.read", "devices.*"), "ada@example.com", None)
        assert token.expires == token.created + timedelta(days=30)
        assert token.by == made["by"] == OPERATOR.actor

    def test_the_text_is_shown_once_and_stored_nowhere(self, muster: Console, harbour: organization.OrganizationState) -> None:
        out = muster(*READER).out
        assert "not shown again" in out
        (secret,) = [line.split(".")[-1] for line in out.splitlines() if line.startswith("  text")]
        shown = muster("token", "list", "--organization", "harbour").out + repr(listed(muster))
        assert secret not in shown + repr(stored(table.table()))
        assert "secret" not in shown
        assert all(word in shown for word in ("Access token field app, without end", "all.Application.read"))

    def test_a_scope_that_is_given_twice_counts_once(self, muster: Console, harbour: organization.OrganizationState) -> None:
        assert muster(*READER, "--scope", "all.Application.read", "--json").json["scopes"] == ["all.Application.read"]

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--scope", "devices.historicalImport"), "--scope"),
            (("--scope", "all.Device"), "--scope all.Device, all.Device.read are for the token of a device"),
            (("--scope", "all.User", "--name", " "), "--name must have"),
            (("--scope", "all.User", "--owner-email", "ada"), "--owner-email must be an email address"),
            (("--scope", "all.User", "--owner-email", f"a@{'b' * 1023}"), "--owner-email"),
            (("--scope", "all.User", "--days", "0"), "--days must be from 1"),
            (("--scope", "all.User", "--days", "3651"), "--days must be from 1"),
            (("--scope", "all.User", "--device", "0" * 24), "--scope must be one of all.Device, all.Device.read"),
            (("--scope", "all.Device", "--device", "x"), "--device must be the id of a device"),
            (("--scope", "all.Device", "--device", "0" * 24), "--device must be a device of the organization"),
            (("--scope", "all.Device", "--device", "0" * 24, "--allow", "x"), "--allow must be the id of a device"),
            (("--scope", "all.User", "--allow", "0" * 24), "--allow is for the token of a device"),
            (("--scope", "all.Device", "--device", "0" * 24, *("--allow", "1" * 24) * (MOST_DEVICES + 1)), "--allow may be given"),
        ],
    )
    def test_what_breaks_a_rule_is_told_and_makes_none(
        self, muster: Console, harbour: organization.OrganizationState, options: tuple[str, ...], message: str
    ) -> None:
        assert message in muster.misused(*CREATE, *options)
        assert listed(muster) == []

    def test_a_token_without_a_scope_is_not_made(self, muster: Console, harbour: organization.OrganizationState) -> None:
        assert "--scope" in muster.misused(*CREATE)

    @pytest.mark.parametrize("meanwhile", [False, True])
    def test_a_disabled_organization_gets_none(self, muster: Console, harbour: organization.OrganizationState, meanwhile: bool) -> None:
        def disable() -> None:
            organization.set_active("harbour", False)

        before_next_transaction(disable) if meanwhile else disable()
        assert "enable it first" in muster.refused(*READER)
        assert listed(muster) == []


class TestOfADevice:
    def test_it_sees_its_device_and_those_it_is_allowed(self, muster: Console, harbour: organization.OrganizationState) -> None:
        own, other, foreign = devices(muster)
        made = muster(*OF_DEVICE, "--device", own.upper(), "--allow", other, "--allow", other, "--allow", own, "--json").json
        token = opened(made["token"])
        assert token is not None
        assert (token.device, token.devices, token.visible) == (own, (other,), frozenset({own, other}))
        assert foreign not in (token.visible or ())
        assert f"device  {own}" in muster("token", "list", "--organization", "harbour").out

    @pytest.mark.parametrize("part", ["--device", "--allow"])
    def test_devices_of_others_and_retired_ones_are_refused(
        self, muster: Console, harbour: organization.OrganizationState, part: str
    ) -> None:
        own, gone, _ = devices(muster)
        retire.retire(EVERYWHERE, gone, datetime.now(UTC))
        organization.create("Meadow", "meadow")
        muster("thing", "provision", "--tuid", "TSPD04A1B2C3D4E08", "--organization", "meadow", "--kind", "sensor")
        (theirs,) = [each.id for each in Devices.of_organization(EVERYWHERE, organization.find("meadow").id)]
        for bad in (gone, theirs, "0" * 24):
            named = ("--device", bad) if part == "--device" else ("--device", own, "--allow", bad)
            assert f"{part} must be a device of the organization" in muster.misused(*OF_DEVICE, *named)
        assert listed(muster) == []


class TestList:
    def test_has_the_tokens_of_the_organization_alone(
        self, muster: Console, harbour: organization.OrganizationState, clock: time_machine.Traveller
    ) -> None:
        organization.create("Meadow", "meadow")
        first = muster(*READER, "--days", "1", "--json").json
        clock.shift(timedelta(days=1))
        second = muster(*READER, "--json").json
        assert [each["id"] for each in listed(muster)] == [first["id"], second["id"]]
        assert [each["expired"] for each in listed(muster)] == [True, False]
        assert (opened(first["token"]), opened(second["token"]) is None) == (None, False)
        assert ", expired" in muster("token", "list", "--organization", "harbour").out
        assert listed(muster, "meadow") == []
        assert muster("token", "list", "--organization", "meadow").out == "There are none.\n"


class TestRevoke:
    def test_the_text_is_refused_with_the_next_request(self, muster: Console, harbour: organization.OrganizationState) -> None:
        made, kept = muster(*READER, "--json").json, muster(*READER, "--json").json
        revoke = ("token", "revoke", "--organization", "harbour", "--token", made["id"])
        gone = muster(*revoke, "--json").json
        assert gone == {name: value for name, value in made.items() if name != "token"}
        assert opened(made["token"]) is None
        assert opened(kept["token"])
        assert [each["id"] for each in listed(muster)] == [kept["id"]]
        assert "muster token list" in muster.refused(*revoke)

    def test_is_of_the_organization_that_is_named(self, muster: Console, harbour: organization.OrganizationState) -> None:
        organization.create("Meadow", "meadow")
        made = muster(*READER, "--json").json
        assert "no access token" in muster.refused("token", "revoke", "--organization", "meadow", "--token", made["id"])
        assert opened(made["token"])

    def test_both_are_in_the_audit_log(self, muster: Console, harbour: organization.OrganizationState) -> None:
        made = muster(*READER, "--json").json
        assert (
            "Revoked: Access token field app" in muster("token", "revoke", "--organization", "harbour", "--token", made["id"].upper()).out
        )
        entries = muster("audit", "--organization", "harbour", "--json").json
        assert {(each["action"], each["token"], each["actor"]) for each in entries} == {
            ("access_token.created", made["id"], OPERATOR.actor),
            ("access_token.revoked", made["id"], OPERATOR.actor),
        }
        assert f"access_token.revoked {made['id']}" in muster("audit", "--organization", "harbour").out


class TestOrganization:
    def test_disabling_it_refuses_its_tokens_until_it_is_enabled(self, muster: Console, harbour: organization.OrganizationState) -> None:
        text = muster(*READER, "--json").json["token"]
        organization.set_active("harbour", False)
        assert opened(text) is None
        assert "its organization is disabled" in muster("token", "list", "--organization", "harbour").out
        organization.set_active("harbour", True)
        assert opened(text)

    def test_it_is_deleted_without_tokens_only(self, muster: Console, harbour: organization.OrganizationState) -> None:
        made = muster(*READER, "--json").json
        organization.set_active("harbour", False)
        assert "still has access tokens: delete them first" in muster.refused("organization", "delete", "--organization", "harbour")
        muster("token", "revoke", "--organization", "harbour", "--token", made["id"])
        assert muster("organization", "delete", "--organization", "harbour").code == 0
        assert not [row for row in stored(table.table()) if "TOKEN" in row["pk"]["S"]]
