"""`muster thing install`."""

from __future__ import annotations

from functions.thingsee.installation import list as list_installations
from tests.harness.call import call
from tests.harness.thingsee_world import ThingseeWorld
from tests.operator.console import Console


def test_sets_the_status_and_writes_it_down(thingsee_world: ThingseeWorld, muster: Console) -> None:
    tuid = thingsee_world.sensor()
    installed = muster("thing", "install", "--tuid", tuid.lower(), "--status", "installed", "--json").json
    assert (installed["installation"], installed["tuid"]) == ("installed", tuid)
    assert "quarantine" in muster("thing", "install", "--tuid", tuid, "--status", "quarantine").out
    answer = call(list_installations.handler, {"tuid": tuid}, headers=thingsee_world.bearer)
    entries = [(each["installation_status"], each["responsible"]) for each in answer.json["data"]]
    assert entries == [("quarantine", "operator"), ("installed", "operator"), ("new", "factory")]


def test_doing_it_again_changes_nothing(thingsee_world: ThingseeWorld, muster: Console) -> None:
    install = ("thing", "install", "--tuid", thingsee_world.sensor(), "--status", "installed", "--json")
    assert muster(*install).json == muster(*install).json


def test_a_thing_that_no_api_shows_keeps_its_status(thingsee_world: ThingseeWorld, muster: Console) -> None:
    tuid = thingsee_world.sensor()
    muster("device", "retire", "--tuid", tuid)
    assert "muster device restore" in muster.refused("thing", "install", "--tuid", tuid, "--status", "installed")
    assert muster("device", "show", "--tuid", tuid, "--json").json["installation"] == "new"


def test_an_unknown_thing(thingsee_world: ThingseeWorld, muster: Console) -> None:
    assert "muster device list" in muster.refused("thing", "install", "--tuid", "TSPD04UNKNOWN", "--status", "installed")
    assert "--status" in muster.misused("thing", "install", "--tuid", "TSPD04UNKNOWN", "--status", "lost")
