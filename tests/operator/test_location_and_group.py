"""`muster location` and `muster group`."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.aws.writes import transact
from fleet.identity.api_keys import ApiKeys
from fleet.ids import to_uuid
from fleet.registry.locations import Locations
from functions.thingsee.group.list import handler as list_groups
from functions.wisdm.location.list import handler as list_locations
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.harness.thingsee_world import ThingseeWorld
from tests.operator.console import Console
from tests.operator.shared_gateway import SN, SharedGateway


def wisdm_names(gateway: SharedGateway) -> list[str]:
    answer = call(list_locations, {"organizationId": to_uuid(gateway.organization.id)}, key=gateway.key)
    return [each["name"] for each in answer.json["locations"]]


class TestLocation:
    def test_rename_is_shown_by_wisdm(self, shared_gateway: SharedGateway, muster: Console) -> None:
        id = shared_gateway.location.id
        assert muster("location", "rename", "--id", id.upper(), "--name", "Harbour West", "--json").json["name"] == "Harbour West"
        assert wisdm_names(shared_gateway) == ["Harbour West"]
        assert muster("device", "show", "--sn", SN, "--json").json["locationName"] == "Harbour West"

    def test_list_counts_gateways(self, shared_gateway: SharedGateway, muster: Console) -> None:
        shared_gateway.fleet.location(shared_gateway.organization, name="West")
        command = ("location", "list", "--organization", shared_gateway.organization.slug)
        listed = muster(*command, "--json").json
        assert [(each["name"], each["gateways"], each["batteries"]) for each in listed] == [
            (shared_gateway.location.name, 1, 0),
            ("West", 0, 0),
        ]
        assert "1 gateways, 0 batteries" in muster(*command).out

    def test_one_in_use_is_not_deleted(self, shared_gateway: SharedGateway, muster: Console) -> None:
        id = shared_gateway.location.id
        assert "move them first" in muster.refused("location", "delete", "--id", id)
        muster("device", "move", "--sn", SN, "--location", "none")
        assert "Deleted" in muster("location", "delete", "--id", id).out
        assert wisdm_names(shared_gateway) == []
        assert "muster location list" in muster.refused("location", "delete", "--id", id)

    def test_a_deletion_that_ended_half_way_is_completed(self, shared_gateway: SharedGateway, muster: Console) -> None:
        """The location is gone, and the API keys have not forgotten it."""
        owner = shared_gateway.organization
        location = shared_gateway.fleet.location(owner)
        key, _ = shared_gateway.fleet.api_key(owner, locations=(location.id,))
        transact(Locations.delete_writes(EVERYWHERE, location))
        assert "muster location list" in muster.refused("location", "delete", "--id", location.id, "--organization", owner.slug)
        assert fetch(EVERYWHERE, ApiKeys.by_id(owner.id, key.id)).locations == ()

    def test_the_map_says_when_it_is_gone(self, shared_gateway: SharedGateway, muster: Console) -> None:
        other = shared_gateway.fleet.location(shared_gateway.organization).id
        muster("device", "move", "--sn", SN, "--place", other)
        muster("location", "delete", "--id", other)
        assert f"(deleted) ({other})" in muster("device", "show", "--sn", SN).out

    def test_a_name_is_taken_once(self, shared_gateway: SharedGateway, muster: Console) -> None:
        other = shared_gateway.fleet.location(shared_gateway.organization)
        assert "choose another" in muster.refused("location", "rename", "--id", other.id, "--name", shared_gateway.location.name.upper())

    @pytest.mark.parametrize("name", ["", "abc", " Pier", "x" * 51])
    def test_what_is_no_name(self, shared_gateway: SharedGateway, muster: Console, name: str) -> None:
        assert "--name must have" in muster.misused("location", "rename", "--id", shared_gateway.location.id, "--name", name)


class TestGroup:
    def test_from_creation_to_deletion(self, thingsee_world: ThingseeWorld, muster: Console) -> None:
        own = ("--organization", thingsee_world.organization.slug, "--name")
        assert muster("group", "create", *own, "lobby", "--description", "Ground floor", "--json").json["thingsee"] == "lobby"
        assert self.shown(thingsee_world) == ["lobby", "unassigned"]
        assert muster("group", "rename", *own, "lobby", "--to", "hall.1", "--json").json["thingsee"] == "hall.1"
        assert self.shown(thingsee_world) == ["hall.1", "unassigned"]
        assert "Deleted: group hall.1" in muster("group", "delete", *own, "hall.1").out
        assert self.shown(thingsee_world) == ["unassigned"]

    def test_list_says_which_thingsee_does_not_show(self, thingsee_world: ThingseeWorld, muster: Console) -> None:
        own = ("--organization", thingsee_world.organization.slug)
        for name in ("lobby", "Lobby, west"):
            muster("group", "create", *own, "--name", name)
        listed = muster("group", "list", *own, "--json").json
        assert [(each["name"], each["thingsee"]) for each in listed] == [("Lobby, west", "unassigned"), ("lobby", "lobby")]
        west, lobby = muster("group", "list", *own).out.splitlines()
        assert "Thingsee shows its things as unassigned" in west
        assert "unassigned" not in lobby

    def test_one_in_use_is_not_deleted(self, thingsee_world: ThingseeWorld, muster: Console) -> None:
        own = ("--organization", thingsee_world.organization.slug, "--name")
        tuid = thingsee_world.sensor()
        for name in ("lobby", "Lobby, west"):
            muster("group", "create", *own, name)
            muster("device", "group", "--tuid", tuid, "--group", name)
            assert "move them first" in muster.refused("group", "delete", *own, name)

    def test_a_name_is_taken_once(self, thingsee_world: ThingseeWorld, muster: Console) -> None:
        own = ("--organization", thingsee_world.organization.slug, "--name")
        for name in ("lobby", "hall"):
            muster("group", "create", *own, name)
        assert "has this name" in muster.refused("group", "create", *own, "lobby")
        assert "has this name" in muster.refused("group", "rename", *own, "hall", "--to", "lobby")

    def test_the_one_that_always_exists_stays(self, thingsee_world: ThingseeWorld, muster: Console) -> None:
        own = ("--organization", thingsee_world.organization.slug, "--name")
        move = ("device", "group", "--tuid", thingsee_world.sensor())
        for command in (("group", "rename", "--to", "lobby", *own), ("group", "delete", *own), (*move, "--group")):
            refused = muster.refused(*command, "unassigned")
            assert "built in" in refused
            assert "--group none" in refused

    def test_one_that_is_spelled_like_it_in_another_case_is_another(self, thingsee_world: ThingseeWorld, muster: Console) -> None:
        own = ("--organization", thingsee_world.organization.slug, "--name")
        assert muster("group", "create", *own, "Unassigned", "--json").json["thingsee"] == "Unassigned"
        assert self.shown(thingsee_world) == ["Unassigned", "unassigned"]
        muster("group", "delete", *own, "Unassigned")

    def test_a_name_is_the_same_however_its_accents_are_composed(self, thingsee_world: ThingseeWorld, muster: Console) -> None:
        own = ("--organization", thingsee_world.organization.slug, "--name")
        for composed, apart in (("Caf\u00e9", "Cafe\u0301"), ("Caf\u00e9, west", "Cafe\u0301, west")):
            assert muster("group", "create", *own, apart, "--json").json["name"] == composed
            assert "has this name" in muster.refused("group", "create", *own, composed)
            tuid = thingsee_world.sensor()
            assert muster("device", "group", "--tuid", tuid, "--group", apart, "--json").json["group"] == composed
            muster("device", "group", "--tuid", tuid, "--group", "none")
            assert muster("group", "rename", *own, apart, "--to", "hall", "--json").json["name"] == "hall"
            assert muster("group", "rename", *own, "hall", "--to", apart, "--json").json["name"] == composed
            muster("group", "delete", *own, apart)
        muster("group", "create", *own, "\u03b1\u0313\u0300\u0345" * 64)

    @pytest.mark.parametrize("name", ["", "unassigned", "none", "None", "x" * 65])
    def test_what_is_no_name(self, muster: Console, fleet: Fleet, name: str) -> None:
        own = ("--organization", fleet.organization().slug, "--name")
        assert "--name must" in muster.misused("group", "create", *own, name)
        muster("group", "create", *own, "lobby")
        assert "--to must" in muster.misused("group", "rename", *own, "lobby", "--to", name)

    def test_an_unknown_one(self, muster: Console, fleet: Fleet) -> None:
        own = ("--organization", fleet.organization().slug, "--name", "lobby")
        for verb in (("rename", "--to", "hall"), ("delete",)):
            assert "muster group list" in muster.refused("group", *verb, *own)

    @staticmethod
    def shown(thingsee_world: ThingseeWorld) -> Any:
        return [each["group_id"] for each in call(list_groups, headers=thingsee_world.bearer).json["data"]]
