"""The one API in front: every route is in it, and everything else has an answer too."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from muster.entries import Mistake
from muster.generate.model import Project
from muster.generate.render_api import ANY, FRONT_ANSWERS, definition
from tests.infrastructure.stacks import generated, project

ROUTES = [each for api in project().apis for each in api.routes]


def body() -> dict[str, Any]:
    found: dict[str, Any] = generated("api")["Api"]["Properties"]["DefinitionBody"]
    return found


def function(operation: dict[str, Any]) -> str:
    """The name of the function behind an operation."""
    integration = operation["x-amazon-apigateway-integration"]
    assert (integration["type"], integration["httpMethod"]) == ("aws_proxy", "POST")
    assert integration["credentials"] == {"Fn::GetAtt": ["CallFunctions", "Arn"]}
    name: str = integration["uri"]["Fn::Sub"].rpartition(":function:")[2].removesuffix("/invocations")
    return name


@pytest.mark.parametrize("each", ROUTES, ids=lambda each: each.route.name)
def test_a_route_reaches_its_function(each: Any) -> None:
    name = function(body()["paths"][each.route.resource][each.route.method.lower()])
    assert name == generated(each.route.dialect)[each.function.id]["Properties"]["FunctionName"]["Fn::Sub"]


def test_every_path_answers_every_method() -> None:
    for path, methods in body()["paths"].items():
        dialect = next(api for api in project().apis if any(path == p or path.startswith(f"{p}/") for p in api.listed.prefixes))
        assert function(methods[ANY]) == f"${{Prefix}}-{dialect.name}-fallback"


def test_every_prefix_answers_every_path() -> None:
    for api in project().apis:
        for prefix in api.listed.prefixes:
            assert prefix in body()["paths"]
            assert any(path.startswith(prefix) and path.endswith("/{proxy+}") for path in body()["paths"])


def test_a_path_names_its_variables() -> None:
    for path, methods in body()["paths"].items():
        wanted = [part.strip("{}").removesuffix("+") for part in path.split("/") if part.startswith("{")]
        for operation in methods.values():
            assert [parameter["name"] for parameter in operation.get("parameters", [])] == wanted


def test_bytes_pass_as_they_are() -> None:
    assert body()["x-amazon-apigateway-binary-media-types"] == ["*/*"]


def test_what_the_gateway_says_itself_has_the_members_of_every_error_form() -> None:
    answers = body()["x-amazon-apigateway-gateway-responses"]
    assert answers.keys() == FRONT_ANSWERS.keys() >= {"DEFAULT_4XX", "DEFAULT_5XX", "THROTTLED", "REQUEST_TOO_LARGE"}
    for answer in answers.values():
        told = json.loads(answer["responseTemplates"]["application/json"])
        assert told["statusCode"] == answer["statusCode"]
        assert told.keys() == {"statusCode", "error", "type", "message", "detail"}
    assert answers["MISSING_AUTHENTICATION_TOKEN"]["statusCode"] == 404
    assert answers["THROTTLED"]["responseParameters"]["gatewayresponse.header.Retry-After"] == "'1'"


def test_the_api_may_call_functions_and_nothing_else() -> None:
    (policy,) = generated("api")["CallFunctions"]["Properties"]["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == "lambda:InvokeFunction"
    assert [arn["Fn::Sub"].rpartition(":")[2] for arn in statement["Resource"]] == [f"${{Prefix}}-{api.name}-*" for api in project().apis]


def test_two_names_for_one_variable_are_a_mistake() -> None:
    with pytest.raises(Mistake, match=r"variable is called \{sn\} already"):
        definition(_with("/v4/gateway/{zz}/echo"))


def test_a_variable_below_the_prefix_moves_the_catch_all() -> None:
    paths = definition(_with("/v4/{first}/echo"))["paths"]
    assert {"/v4", "/v4/{first}", "/v4/{first}/{proxy+}"} <= paths.keys()
    assert "/v4/{proxy+}" not in paths


def _with(path: str) -> Project:
    """The project with one route more."""
    (api,) = (each for each in project().apis if each.name == "wisdm")
    others = [each for each in project().apis if each is not api]
    odd = dataclasses.replace(api.routes[0], route=dataclasses.replace(api.routes[0].route, path=path))
    return Project([dataclasses.replace(api, routes=[*api.routes, odd]), *others], project().workers)
