"""`muster organization create`."""

from __future__ import annotations

import pytest

from fleet import ids
from fleet.access import Reach
from fleet.aws.reads import fetch
from fleet.errors import Invalid
from fleet.tenancy import encryption
from fleet.tenancy.organization import Address
from fleet.tenancy.organizations import Organizations
from muster.operator import organization
from tests.operator.console import Console

CREATE = ("organization", "create", "--name", "Harbour", "--slug", "harbour")


def test_makes_an_organization_with_a_data_key_of_its_own(muster: Console) -> None:
    made = muster(*CREATE, "--json").json
    reach = Reach.of(made["id"])
    stored = fetch(reach, Organizations.by_id(made["id"]))
    assert made == {
        "id": stored.id,
        "uuid": ids.to_uuid(stored.id),
        "slug": "harbour",
        "name": "Harbour",
        "plan": "Enterprise",
        "apiAccess": True,
        "active": True,
    }
    sealed = encryption.encrypt_at_rest(reach, stored.id, "X", b"secret")
    assert encryption.decrypt_at_rest(reach, stored.id, "X", sealed) == b"secret"


def test_says_it_in_words(muster: Console) -> None:
    said = muster(*CREATE, "--plan", "Free")
    assert said.code == 0
    assert "Harbour (harbour), plan Free" in said.out
    assert "without the API" in said.out


def test_keeps_the_address(muster: Console) -> None:
    place = ("--address-country", "Finland", "--address-city", "Turku", "--address-latitude", "60.44", "--address-longitude", "22.24")
    id = muster(*CREATE, *place, "--json").json["id"]
    stored = fetch(Reach.of(id), Organizations.by_id(id))
    assert stored.address == Address(country="Finland", city="Turku", latitude=60.44, longitude=22.24)


def test_a_slug_is_taken_once(muster: Console) -> None:
    muster(*CREATE)
    assert "choose another" in muster.refused(*CREATE)


@pytest.mark.parametrize(
    "slug",
    ["Harbour", "har bour", "-harbour", "harbour-", "", "h" * 51, "0123456789abcdef01234567", "0123abcd-0123-8456-8000-0000abcdef01"],
)
def test_a_slug_is_short_and_plain_and_no_id(muster: Console, slug: str) -> None:
    assert "--slug must have" in muster.misused("organization", "create", "--name", "Harbour", f"--slug={slug}")


def test_every_failing_option_is_named(muster: Console) -> None:
    output = muster.misused("organization", "create", "--name", " ", "--slug", "A", "--address-latitude", "91", "--address-city", "a\nb")
    assert output.count("\n") == 1
    for option in (
        "--name",
        "--slug",
        "--address-city",
        "--address-latitude must be from",
        "--address-latitude must come with --address-longitude",
    ):
        assert option in output


def test_a_plan_must_be_one_that_there_is(muster: Console) -> None:
    assert "--plan" in muster.misused(*CREATE, "--plan", "Golden")
    with pytest.raises(Invalid):
        organization.create("Harbour", "harbour", "Golden")  # type: ignore[arg-type]


def test_is_found_by_slug_and_by_both_spellings_of_its_id(muster: Console) -> None:
    made = organization.create("Harbour", "harbour")
    assert {organization.find(called).id for called in ("harbour", "Harbour", made.id, made.uuid, made.uuid.upper())} == {made.id}
    for called in ("meadow", ids.new_id(), ids.to_uuid(ids.new_id()), ""):
        with pytest.raises(organization.NoOrganization):
            organization.find(called)
