"""The one API in front: every route is in it, and everything else has an answer too."""

from __future__ import annotations

import json
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from muster.entries import Mistake
from muster.generate import render_openapi
from muster.generate.cfn import dump
from muster.generate.render_api import ANY, FRONT_ANSWERS, definition
from muster.generate.render_docs import allowed_methods
from tests.infrastructure.stacks import generated, project
from tests.infrastructure.toy import odd, route, with_toys

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
        dialect = next(api for api in project().apis if any(path == p or path.startswith(f"{p}/") for p in api.listing.prefixes))
        assert function(methods[ANY]) == f"${{Prefix}}-{dialect.listing.short}-fallback"


def test_every_prefix_answers_every_path() -> None:
    for api in project().apis:
        for prefix in api.listing.prefixes:
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
    allowed = [arn["Fn::Sub"].rpartition(":")[2] for arn in statement["Resource"]]
    assert allowed == [f"${{Prefix}}-{api.listing.short}-*" for api in project().apis]
    called = {function(operation) for path in body()["paths"].values() for operation in path.values()}
    assert [name for name in called if not any(name.startswith(pattern.removesuffix("*")) for pattern in allowed)] == []


def test_two_names_for_one_variable_are_one_place() -> None:
    """The name in the shorter path is deployed for both; each document keeps its own."""
    there = with_toys(
        route("GET", "/toy/cert/{common_name}/group/", "get_group"),
        route("GET", "/toy/cert/{id}/", "get_cert"),
        route("PUT", "/toy/cert/{id}/", "put_cert"),
    )
    paths = definition(there)["paths"]
    assert function(intrinsic(paths["/toy/cert/{id}/group"]["get"])) == "${Prefix}-toy-get-group"
    assert function(intrinsic(paths["/toy/cert/{id}"]["get"])) == "${Prefix}-toy-get-cert"
    assert [parameter["name"] for parameter in paths["/toy/cert/{id}/group"]["get"]["parameters"]] == ["id"]
    assert not [path for path in paths if "common_name" in path]
    assert json.loads(allowed_methods(there, there.apis[-1])) == {
        "/toy/cert/{id}": {"GET": "READ", "PUT": "READ"},
        "/toy/cert/{id}/group": {"GET": "READ"},
    }
    document = render_openapi.document(there.apis[-1], "1", "MIT")
    assert document["paths"].keys() == {"/toy/cert/{common_name}/group", "/toy/cert/{id}"}
    (parameter,) = document["paths"]["/toy/cert/{common_name}/group"]["get"]["parameters"]
    assert parameter["name"] == "common_name"


def test_no_deployed_path_has_one_name_for_two_variables() -> None:
    routes = (
        route("GET", "/toy/{id}", "get"),
        route("GET", "/toy/{pk}/part/{id}", "part"),
        route("GET", "/toy/{pk}/part/{no}/{id}", "bit"),
    )
    paths = definition(with_toys(*routes))["paths"]
    assert {"/toy/{id}", "/toy/{id}/part/{id2}", "/toy/{id}/part/{id2}/{id3}"} <= paths.keys()


@pytest.mark.parametrize(
    ("paths", "told"),
    [
        (("GET /toy/{a}", "GET /toy/{a}/"), r"toy second \(GET /toy/\{a\}/\) is declared already, as toy first"),
        (("GET /toy/{a}", "PUT /toy/{b}"), r"have one path: give its variables the same names"),
        (("GET /toy/{a}/x", "GET /toy/{rest+}"), r"cannot have \{a\} beside \{rest\+\}"),
        (("GET /toy/{a}/{a}", "GET /toy/b"), r"the variable a is there twice"),
        (("GET /toy/{a", "GET /toy/b"), r"'\{a' must be text without braces, or one variable, as \{name\}"),
        (("GET /toy/a{b}", "GET /toy/b"), r"'a\{b\}' must be text without braces"),
        (("GET /toy/{a+}/b", "GET /toy/b"), r"must be the last segment"),
    ],
    ids=[
        "twice",
        "one path, two sets of names",
        "greedy beside another",
        "name twice",
        "open brace",
        "part of a segment",
        "greedy inside",
    ],
)
def test_paths_that_cannot_be_deployed_are_a_mistake(paths: tuple[str, str], told: str) -> None:
    (first, at), (second, there) = (path.split() for path in paths)
    with pytest.raises(Mistake, match=told):
        definition(with_toys(route(first, at, "first"), route(second, there, "second")))


def test_a_further_path_that_is_declared_already_is_a_mistake() -> None:
    further = route("GET", "/toy/a", "first", also_at=("/toy/b/",))
    with pytest.raises(Mistake, match=r"toy second \(GET /toy/b\) is declared already, as toy first \(GET /toy/a, GET /toy/b/\)"):
        with_toys(further, route("GET", "/toy/b", "second"))


def test_a_variable_below_the_prefix_moves_the_catch_all() -> None:
    paths = definition(with_toys(route("GET", "/toy/{first}/echo", "echo")))["paths"]
    assert {"/toy", "/toy/{first}", "/toy/{first}/{proxy+}"} <= paths.keys()
    assert "/toy/{proxy+}" not in paths


def test_a_variable_that_takes_all_is_a_catch_all_itself() -> None:
    paths = definition(with_toys(route("GET", "/toy/{rest+}", "rest")))["paths"]
    assert [path for path in paths if path.startswith("/toy")] == ["/toy", "/toy/{rest+}"]
    assert function(intrinsic(paths["/toy/{rest+}"][ANY])) == "${Prefix}-toy-fallback"


def test_head_is_answered_beside_get_and_further_paths_by_the_same_function() -> None:
    paths = definition(odd())["paths"]
    for path in ("/toy/images", "/toy/pictures"):
        assert {function(intrinsic(paths[path][method])) for method in ("get", "head")} == {"${Prefix}-toy-list-images"}
        assert function(intrinsic(paths[path][ANY])) == "${Prefix}-toy-fallback"
    assert "head" not in paths["/toy/{kind}/{id}"]
    assert not [path for path in definition(project())["paths"].values() if "head" in path]


def test_a_fallback_knows_the_scope_of_each_method_of_every_path() -> None:
    there = odd()
    assert json.loads(allowed_methods(there, there.apis[-1])) == {
        "/toy/images": {"GET": "READ"},
        "/toy/images/{id}": {"PATCH": "WRITE", "PUT": "WRITE"},
        "/toy/pictures": {"GET": "READ"},
        "/toy/{kind}/{id}": {"DELETE": "PUBLIC"},
    }


def intrinsic(operation: dict[str, Any]) -> dict[str, Any]:
    """An operation as the template has it once it is written and read."""
    read: dict[str, Any] = yaml_parse(dump(operation, "test"))
    return read
