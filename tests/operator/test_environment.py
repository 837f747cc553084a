"""How operator commands find the deployment to work on."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from fleet.aws import clients
from muster.operator import environment
from tests.operator.console import Console

CREATE = ("organization", "create", "--name", "Harbour", "--slug", "harbour")


@pytest.fixture
def unset_environment(cloud: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings of a deployment that are not in the environment."""
    for name in cloud:
        monkeypatch.delenv(name)
    return cloud


def deploy(name: str, settings: dict[str, str], prefix: str = "mine") -> None:
    """Create a stack with the outputs of the real templates."""
    outputs = {
        "".join(part.title() for part in name.split("_")): {"Value": value}
        for name, value in settings.items()
        if name in environment.REQUIRED
    }
    outputs.pop("DownlinkPrefix")
    template = {
        "Parameters": {"Prefix": {"Type": "String", "Default": prefix}},
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": outputs,
    }
    clients.session().client("cloudformation").create_stack(StackName=name, TemplateBody=json.dumps(template))


def test_variables_that_are_set_are_used(cloud: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "environment.json"
    environment.save({"FLEET_TABLE": "another"}, file)
    environment.resolve(None, file)
    assert os.environ["FLEET_TABLE"] == cloud["FLEET_TABLE"]


def test_the_local_cloud_that_runs_is_found(unset_environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "environment.json"
    environment.save(unset_environment, file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    environment.resolve(None, file)
    assert {name: os.environ[name] for name in unset_environment} == unset_environment
    environment.discard(file)
    environment.discard(file)
    assert not file.exists()


def test_else_the_stack_that_is_deployed(unset_environment: dict[str, str], tmp_path: Path) -> None:
    deploy("muster", unset_environment)
    environment.resolve(None, tmp_path / "none.json")
    assert os.environ["FLEET_TABLE"] == unset_environment["FLEET_TABLE"]
    assert os.environ["DOWNLINK_PREFIX"] == "mine-down"


def test_a_stack_that_is_named_goes_first(muster: Console, cloud: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    deploy("second", cloud)
    monkeypatch.setenv("FLEET_TABLE", "another")
    monkeypatch.setenv("DOWNLINK_PREFIX", "another")
    assert muster(*CREATE, "--stack", "second").code == 0
    assert os.environ["FLEET_TABLE"] == cloud["FLEET_TABLE"]


def test_says_what_to_do_where_there_is_none(muster: Console) -> None:
    assert "make up" in muster.refused(*CREATE, "--stack", "nowhere")


def test_says_what_is_missing(muster: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLEET_KEY")
    assert "FLEET_KEY is missing" in muster.refused(*CREATE)


def test_says_what_to_check_when_aws_refuses(muster: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEET_TABLE", "another")
    assert "check the credentials" in muster.refused(*CREATE)


def test_a_gateway_needs_the_way_to_the_cloud_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "environment.json"
    environment.save({"AWS_DEFAULT_REGION": "eu-west-1", "SOMETHING_ELSE": "x"}, file)
    for name in ("AWS_ENDPOINT_URL", "FLEET_TABLE", "SOMETHING_ELSE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    environment.use_local_cloud(file)
    assert "SOMETHING_ELSE" not in os.environ


def test_the_command_explains_itself(muster: Console) -> None:
    said = muster("--help")
    assert said.code == 0
    for noun in ("organization", "api-key", "gateway", "simulate", "up", "generate", "route", "worker"):
        assert noun in said.out
    assert "required" in muster.misused("gateway", "provision")


def test_gateways_whose_keys_are_not_kept_are_not_played(muster: Console, tmp_path: Path) -> None:
    assert "--keep-keys" in muster.refused("simulate", "--keys", str(tmp_path / "none.json"))


def test_says_that_nothing_runs_here(muster: Console, unset_environment: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(environment.NoFleet, match=r"local cloud is not running.*make up"):
        environment.resolve(None, tmp_path / "none.json")


def test_says_so_too_where_aws_cannot_be_asked(unset_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    clients.forget()
    with pytest.raises(environment.NoFleet, match=r"local cloud is not running.*check the credentials and the region"):
        environment.resolve(None, tmp_path / "none.json")
    with pytest.raises(environment.NoFleet, match=r"stack nowhere cannot be found.*leave --stack out"):
        environment.resolve("nowhere", tmp_path / "none.json")
    clients.forget()


def test_says_which_stack_is_not_there(muster: Console) -> None:
    assert "There is no stack nowhere" in muster.refused(*CREATE, "--stack", "nowhere")
