"""`muster thingsee-client` and `muster thing provision`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fleet.access import EVERYWHERE, Reach
from fleet.aws import table
from fleet.aws.reads import fetch
from fleet.registry.devices import Devices
from fleet.registry.gateways import Gateways
from fleet.registry.things import Things
from functions.thingsee.auth import create as create_token
from functions.thingsee.group import create as create_group
from functions.thingsee.group import list_things
from functions.thingsee.installation import list as list_installations
from muster.operator import keyring, organization
from tests.harness.aws import stored
from tests.harness.call import call
from tests.operator.console import Console

CLIENT = ("thingsee-client", "create", "--organization", "harbour", "--client-id", "field-app-7")
SENSOR, GATEWAY, SN = "TSPD04A1B2C3D4E05", "TSGW02A1B2C3D4E01", "918100A1B2C3D4E501"


@pytest.fixture
def new_organization(cloud: dict[str, str]) -> organization.OrganizationState:
    return organization.create("Harbour", "harbour")


def provision(tuid: str, kind: str, *more: str) -> tuple[str, ...]:
    return ("thing", "provision", "--tuid", tuid, "--organization", "harbour", "--kind", kind, *more)


def bearer(secret: str) -> dict[str, str] | None:
    """The header with a token for this secret, or None."""
    answer = call(create_token.handler, body={"client_id": "field-app-7", "client_secret": secret})
    return {"Authorization": f"Bearer {answer.json['data']['token']}"} if answer.status == 200 else None


def listed_things(headers: dict[str, str] | None, entry: Any = list_things, **path: str) -> Any:
    answer = call(entry.handler, path or {"groupid": "unassigned"}, headers=headers)
    return answer.json["data"] if answer.status == 200 else answer.status


def rows() -> str:
    return repr(stored(table.table()))


class TestClients:
    def test_the_secret_opens_the_organization(self, muster: Console, new_organization: organization.OrganizationState) -> None:
        made = muster(*CLIENT, "--json").json
        assert made == {**made, "clientId": "field-app-7", "organization": new_organization.id, "enabled": True, "readOnly": False}
        assert listed_things(bearer(made["clientSecret"])) == {"group_id": "unassigned", "tuids": []}
        assert made["clientSecret"] not in rows()

    def test_shows_the_secret_once(self, muster: Console, new_organization: organization.OrganizationState) -> None:
        assert "not shown again" in muster(*CLIENT).out
        assert "secret" not in muster("thingsee-client", "enable", "--client-id", "field-app-7").out

    def test_an_id_is_taken_once_among_all(self, muster: Console, new_organization: organization.OrganizationState) -> None:
        organization.create("Meadow", "meadow")
        muster(*CLIENT)
        assert "another id" in muster.refused("thingsee-client", "create", "--organization", "meadow", "--client-id", "field-app-7")

    def test_are_listed_by_organization(self, muster: Console, new_organization: organization.OrganizationState) -> None:
        organization.create("Meadow", "meadow")
        made = muster(*CLIENT, "--read-only", "--json").json
        (listed,) = muster("thingsee-client", "list", "--organization", "harbour", "--json").json
        assert made == {**listed, "clientSecret": made["clientSecret"]}
        assert muster("thingsee-client", "list", "--organization", "meadow", "--json").json == []

    def test_one_that_only_reads(self, muster: Console, new_organization: organization.OrganizationState) -> None:
        headers = bearer(muster(*CLIENT, "--read-only", "--json").json["clientSecret"])
        assert listed_things(headers) == {"group_id": "unassigned", "tuids": []}
        assert call(create_group.handler, headers=headers, body={"group_id": "a"}).status == 403

    def test_disable_ends_tokens_and_enable_lets_the_secret_in_again(
        self, muster: Console, new_organization: organization.OrganizationState
    ) -> None:
        secret = muster(*CLIENT, "--json").json["clientSecret"]
        headers = bearer(secret)
        assert muster("thingsee-client", "disable", "--client-id", "field-app-7", "--json").json["enabled"] is False
        assert (listed_things(headers), bearer(secret)) == (401, None)
        muster("thingsee-client", "disable", "--client-id", "field-app-7")
        muster("thingsee-client", "enable", "--client-id", "field-app-7")
        assert listed_things(headers) == 401
        assert bearer(secret)

    def test_rotate_ends_the_secret_and_its_tokens(self, muster: Console, new_organization: organization.OrganizationState) -> None:
        old = muster(*CLIENT, "--json").json["clientSecret"]
        headers = bearer(old)
        new = muster("thingsee-client", "rotate", "--client-id", "field-app-7", "--json").json["clientSecret"]
        assert (listed_things(headers), bearer(old)) == (401, None)
        assert bearer(new)

    def test_no_token_of_a_deleted_one_is_good_for_a_later_one_of_its_id(
        self, muster: Console, new_organization: organization.OrganizationState
    ) -> None:
        headers = bearer(muster(*CLIENT, "--json").json["clientSecret"])
        muster("thingsee-client", "delete", "--client-id", "field-app-7")
        assert listed_things(headers) == 401
        secret = muster(*CLIENT, "--json").json["clientSecret"]
        assert listed_things(headers) == 401
        assert bearer(secret)

    def test_an_unknown_one_is_told(self, muster: Console) -> None:
        assert "thingsee-client create" in muster.refused("thingsee-client", "rotate", "--client-id", "nobody")

    @pytest.mark.parametrize("id", ["", "a b", "ä", "a" * 257])
    def test_a_bad_id_is_told(self, muster: Console, new_organization: organization.OrganizationState, id: str) -> None:
        assert "--client-id must have" in muster.misused("thingsee-client", "create", "--organization", "harbour", "--client-id", id)


class TestThings:
    def test_a_sensor_is_new_and_unassigned(self, muster: Console, new_organization: organization.OrganizationState) -> None:
        headers = bearer(muster(*CLIENT, "--json").json["clientSecret"])
        made = muster(*provision(SENSOR, "sensor"), "--json").json
        assert made == {"tuid": SENSOR, "kind": "sensor", "organization": new_organization.id, "repeated": False}
        assert listed_things(headers)["tuids"] == [SENSOR]
        (entry,) = listed_things(headers, list_installations, tuid=SENSOR)
        assert (entry["installation_status"], entry["responsible"]) == ("new", "factory")
        device = fetch(Reach.of(new_organization.id), Devices.by_id(fetch(EVERYWHERE, Things.by_tuid(SENSOR)).id))
        assert (device.kind, device.tuid, device.serial_number) == ("sensor", SENSOR, None)

    def test_a_gateway_gets_keys_and_a_queue_under_its_tuid(
        self, muster: Console, new_organization: organization.OrganizationState, tmp_path: Path
    ) -> None:
        file = tmp_path / "keys.json"
        made = muster(*provision(GATEWAY, "gateway", "--keep-keys", str(file)), "--json").json
        assert (made["sn"], made["repeated"]) == (GATEWAY, False)
        assert made["queueUrl"].endswith(f"/muster-down-{GATEWAY}.fifo")
        factory, card = fetch(EVERYWHERE, Gateways.identity(GATEWAY))
        assert factory is not None
        assert card is not None
        assert (factory.signing_key, factory.eui[:2], factory.mac[:3]) == (made["signingKey"], "02", "02:")
        assert (card.organization, card.location) == (new_organization.id, None)
        assert card.tuid == GATEWAY
        assert fetch(EVERYWHERE, Devices.by_id(card.id)).tuid == GATEWAY
        (identity,) = keyring.load(file)
        assert (identity.sn, identity.signing_key) == (GATEWAY, made["privateSigningKey"])

    @pytest.mark.parametrize("kind", ["sensor", "gateway"])
    def test_doing_it_again_changes_nothing(self, muster: Console, new_organization: organization.OrganizationState, kind: str) -> None:
        muster(*provision(GATEWAY, kind))
        before = rows()
        again = muster(*provision(GATEWAY, kind), "--json").json
        assert again["repeated"] is True
        assert "privateSigningKey" not in again
        assert rows() == before

    def test_a_gateway_of_the_other_api_gets_a_tuid_once(self, muster: Console, new_organization: organization.OrganizationState) -> None:
        muster("gateway", "provision", "--sn", SN, "--eui", "ac1f09fffe0a1b2c", "--model", "RAK7268V2", "--mac", "AC:1F:09:0A:1B:2C",
               "--organization", "harbour")  # fmt: skip
        made = muster(*provision(GATEWAY, "gateway", "--sn", SN.lower()), "--json").json
        assert made == {"tuid": GATEWAY, "kind": "gateway", "organization": new_organization.id, "sn": SN, "repeated": False}
        thing, (_, card) = fetch(EVERYWHERE, Things.by_tuid(GATEWAY)), fetch(EVERYWHERE, Gateways.identity(SN))
        assert card is not None
        assert thing.id == card.id
        assert "another TUID" in muster.refused(*provision("TSGW02A1B2C3D4E02", "gateway", "--sn", SN))
        assert muster(*provision(GATEWAY, "gateway", "--sn", SN), "--json").json["repeated"] is True

    def test_only_a_gateway_of_the_organization_gets_one(self, muster: Console, new_organization: organization.OrganizationState) -> None:
        assert "has no gateway" in muster.refused(*provision(GATEWAY, "gateway", "--sn", SN))
        organization.create("Meadow", "meadow")
        muster("gateway", "provision", "--sn", SN, "--eui", "ac1f09fffe0a1b2c", "--model", "RAK7268V2", "--mac", "AC:1F:09:0A:1B:2C",
               "--organization", "meadow")  # fmt: skip
        assert "has no gateway" in muster.refused(*provision(GATEWAY, "gateway", "--sn", SN))

    def test_a_tuid_is_one_things(self, muster: Console, new_organization: organization.OrganizationState) -> None:
        organization.create("Meadow", "meadow")
        muster(*provision(SENSOR, "sensor"))
        before = rows()
        assert "other values" in muster.refused(*provision(SENSOR, "gateway"))
        assert "other values" in muster.refused("thing", "provision", "--tuid", SENSOR, "--organization", "meadow", "--kind", "sensor")
        assert rows() == before

    @pytest.mark.parametrize(
        ("options", "text"),
        [
            ((SENSOR.lower(), "sensor"), "--tuid must have"),
            (("TS-1", "sensor"), "--tuid must have"),
            ((SENSOR, "sensor", "--sn", SN), "--sn is for"),
        ],
    )
    def test_what_breaks_a_rule_is_told(
        self, muster: Console, new_organization: organization.OrganizationState, options: tuple[str, ...], text: str
    ) -> None:
        assert text in muster.misused(*provision(*options))

    def test_says_it_in_words(self, muster: Console, new_organization: organization.OrganizationState) -> None:
        assert f"Gateway {GATEWAY} of organization {new_organization.id}" in muster(*provision(GATEWAY, "gateway")).out
        assert "known already" in muster(*provision(GATEWAY, "gateway")).out
