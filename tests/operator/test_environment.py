"""Where the operator's commands find a Muster to work on."""

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
def nameless(cloud: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A Muster that the environment says nothing of; its settings."""
    for name in cloud:
        monkeypatch.delenv(name)
    return cloud


def deploy(name: str, settings: dict[str, str], prefix: str = "mine") -> None:
    """A stack that puts out what the templates put out."""
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
    kept = tmp_path / "environment.json"
    environment.save({"FLEET_TABLE": "another"}, kept)
    environment.resolve(None, kept)
    assert os.environ["FLEET_TABLE"] == cloud["FLEET_TABLE"]


def test_the_local_cloud_that_runs_is_found(nameless: dict[str, str], tmp_path: Path) -> None:
    kept = tmp_path / "environment.json"
    environment.save(nameless, kept)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    environment.resolve(None, kept)
    assert {name: os.environ[name] for name in nameless} == nameless
    environment.discard(kept)
    environment.discard(kept)
    assert not kept.exists()


def test_else_the_stack_that_is_deployed(nameless: dict[str, str], tmp_path: Path) -> None:
    deploy("muster", nameless)
    environment.resolve(None, tmp_path / "none.json")
    assert os.environ["FLEET_TABLE"] == nameless["FLEET_TABLE"]
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
    kept = tmp_path / "environment.json"
    environment.save({"AWS_DEFAULT_REGION": "eu-west-1", "SOMETHING_ELSE": "x"}, kept)
    for name in ("AWS_ENDPOINT_URL", "FLEET_TABLE", "SOMETHING_ELSE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    environment.use_local_cloud(kept)
    assert "SOMETHING_ELSE" not in os.environ


def test_the_command_explains_itself(muster: Console) -> None:
    said = muster("--help")
    assert said.code == 0
    for noun in ("organization", "api-key", "gateway", "simulate", "up", "generate", "route", "worker"):
        assert noun in said.out
    assert "required" in muster.misused("gateway", "provision")


def test_gateways_whose_keys_are_not_kept_are_not_played(muster: Console, tmp_path: Path) -> None:
    assert "--keep-keys" in muster.refused("simulate", "--keys", str(tmp_path / "none.json"))
