"""The templates as CloudFormation sees them: read, and expanded by the SAM translator."""

from __future__ import annotations

import copy
import functools
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from fleet.grants import Grant
from muster.generate.collect import collect
from muster.generate.model import Function, Project
from muster.generate.resources import RESOURCES
from muster.home import ROOT

TEMPLATES = sorted([ROOT / "template.yaml", *ROOT.glob("infra/*.yaml"), *ROOT.glob("infra/generated/*.yaml")])
FUNCTIONS = sorted(path.stem for path in ROOT.glob("infra/generated/*.yaml") if path.stem != "api")
_PACKAGED = {"CodeUri": "s3://artifacts/code", "ContentUri": "s3://artifacts/layer", "Location": "https://s3.amazonaws.com/artifacts/stack"}


@functools.cache
def project() -> Project:
    """What is deployed, by the declarations."""
    return collect(ROOT)


def deployed(stack: str) -> list[Function]:
    """The functions that a stack of functions should have."""
    for api in project().apis:
        if api.name == stack:
            return list(api.functions)
    return [each.function for each in project().workers]


@functools.cache
def template(name: str) -> dict[str, Any]:
    """A template, by its path below the root."""
    loaded: dict[str, Any] = yaml_parse((ROOT / name).read_text())
    return loaded


def resources(name: str) -> dict[str, Any]:
    found: dict[str, Any] = template(name)["Resources"]
    return found


def generated(stack: str) -> dict[str, Any]:
    return resources(f"infra/generated/{stack}.yaml")


@functools.cache
def expanded(name: str) -> dict[str, Any]:
    """The resources of a template after the SAM transform, as if it were packaged."""
    packaged = copy.deepcopy(template(name))
    if "Transform" not in packaged:
        return resources(name)
    for properties in _properties(packaged):
        properties.update({member: address for member, address in _PACKAGED.items() if member in properties})
    session = boto3.session.Session(region_name="eu-west-1")
    translator = Translator({}, Parser(), boto_session=session)
    values = {name: "given" for name, parameter in packaged.get("Parameters", {}).items() if "Default" not in parameter}
    found: dict[str, Any] = translator.translate(packaged, values)["Resources"]
    return found


def _properties(packaged: dict[str, Any]) -> list[dict[str, Any]]:
    shared = packaged.get("Globals", {}).get("Function", {})
    return [shared, *(resource.get("Properties", {}) for resource in packaged["Resources"].values())]


def statements(role: dict[str, Any]) -> list[dict[str, Any]]:
    """The statements of a role's own policies; it must have no managed one."""
    properties = role["Properties"]
    assert not properties.get("ManagedPolicyArns")
    return [statement for policy in properties["Policies"] for statement in policy["PolicyDocument"]["Statement"]]


def allowed(stack: str, function: Function) -> set[Grant]:
    """The grants of a function in its template, told by the ARN of each known resource, without those on its own log."""
    known = {resource.arn: name for name, resource in RESOURCES.items()}
    found = set()
    for statement in statements(generated(stack)[f"{function.id}Role"])[1:]:
        text = statement["Resource"]["Fn::Sub"]
        arn = next(arn for arn in known if text == arn or text.startswith(f"{arn}/"))
        rows = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", [""])
        found |= {Grant(known[arn] + text.removeprefix(arn), action, pattern) for action in statement["Action"] for pattern in rows}
    return found
