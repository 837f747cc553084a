"""The OpenAPI documents: valid, complete, and with examples that are true."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from muster.entries import Mistake
from muster.generate.render_openapi import render
from muster.generate.responses import results
from muster.home import ROOT
from tests.harness.documents import resolved
from tests.infrastructure.stacks import project
from tests.infrastructure.toy import TEXT, odd, route, with_toys

ROUTES = [each for api in project().apis for each in api.routes]
TIME = re.compile(r"[a-z](At|Date|Modified)$|^(timestamp|from|to|lastDyingGasp)$")
NULLS = {"wegnology": {"DevicePatch.parentId", "DevicePost.parentId", "MultiDeviceCommand.payload", "RemoveData.attributes"}}
"""The members that may be null, of APIs in which null is a value of its own."""


def document(dialect: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "docs/openapi" / f"{dialect}.json").read_text())
    return found


def operation(each: Any) -> dict[str, Any]:
    found: dict[str, Any] = document(each.route.dialect)["paths"][each.route.resource][each.route.method.lower()]
    return found


def contents(each: Any) -> Iterator[dict[str, Any]]:
    """The request body and the good answer of a route, as far as it has them."""
    told = operation(each)
    for part in (told.get("requestBody"), told["responses"][str(each.route.status)]):
        if part and "content" in part:
            yield part["content"]["application/json"]


@pytest.mark.parametrize("api", project().apis, ids=lambda api: api.name)
def test_it_is_valid(api: Any) -> None:
    OpenAPIV31SpecValidator(document(api.name)).validate()


@pytest.mark.parametrize("each", ROUTES, ids=lambda each: each.route.name)
class TestEveryOperation:
    def test_it_says_what_the_route_says(self, each: Any) -> None:
        told = operation(each)
        assert (told["operationId"], told["summary"], told["x-scope"]) == (each.route.name, each.route.summary, each.route.scope)
        assert each.route.summary

    def test_it_has_its_body_and_its_answer(self, each: Any) -> None:
        assert len(list(contents(each))) == ("body" in each.route.shapes) + bool(results(each.route))

    def test_it_has_an_example_of_each(self, each: Any) -> None:
        for content in contents(each):
            assert "example" in content

    def test_its_examples_are_true(self, each: Any) -> None:
        for content in contents(each):
            schema = content["schema"] | {"components": document(each.route.dialect)["components"]}
            Draft202012Validator(schema).validate(content["example"])

    def test_it_tells_of_its_errors(self, each: Any) -> None:
        told = operation(each)["responses"]
        samples = {
            name
            for status, response in told.items()
            if int(status) not in each.route.statuses
            for name in resolved(each.route.dialect, response)["content"]["application/json"]["examples"]
        }
        front = {"TooManyRequests", "GatewayTimeout", *(["ContentTooLarge"] if "body" in each.route.shapes else [])}
        callers = {"Unauthenticated", "NotAllowed"} if each.dialect.credentials else set()
        assert samples >= {kind.__name__ for kind in each.route.raises} | callers | {"Unexpected"} | front

    def test_its_errors_are_true(self, each: Any) -> None:
        for response in operation(each)["responses"].values():
            for content in resolved(each.route.dialect, response).get("content", {}).values():
                schema = content["schema"] | {"components": document(each.route.dialect)["components"]}
                for example in content.get("examples", {}).values():
                    Draft202012Validator(schema).validate(example["value"])

    def test_it_tells_of_the_headers_that_clients_act_on(self, each: Any) -> None:
        for status, response in operation(each)["responses"].items():
            headers = resolved(each.route.dialect, response)["headers"]
            expected = {"X-Request-Id", *{"429": ["Retry-After"], "401": ["WWW-Authenticate"]}.get(status, [])}
            assert expected <= {name for name in headers if resolved(each.route.dialect, headers[name]).get("required")}


def schemas(value: Any) -> Iterator[dict[str, Any]]:
    """All schemas of a document, wherever they are."""
    if isinstance(value, dict):
        if {"type", "anyOf", "properties"} & value.keys():
            yield value
        for each in value.values():
            yield from schemas(each)
    elif isinstance(value, list):
        for each in value:
            yield from schemas(each)


def members(value: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """All members of all schemas, and all parameters."""
    for schema in schemas(value):
        yield from schema.get("properties", {}).items() if isinstance(schema.get("properties"), dict) else ()
    for path in value["paths"].values():
        for each in path.values():
            yield from ((parameter["name"], parameter["schema"]) for parameter in each.get("parameters", ()))


def formats(schema: dict[str, Any]) -> set[str]:
    return {schema["format"]} if "format" in schema else {name for each in schema.get("anyOf", ()) for name in formats(each)}


@pytest.mark.parametrize("name", [api.name for api in project().apis])
class TestSchemas:
    def test_limits_are_in_the_words_of_json_schema(self, name: str) -> None:
        words = {word for schema in schemas(document(name)) for word in schema}
        assert words & {"minimum", "maximum"}
        assert words & {"ge", "gt", "le", "lt", "multiple_of"} == set()

    def test_times_have_a_format(self, name: str) -> None:
        times = {each: formats(schema) for each, schema in members(document(name)) if TIME.search(each)}
        assert bool(times) == takes_bodies(name)
        assert {each: found for each, found in times.items() if not found & {"date-time", "date-time-local", "unixtime"}} == {}

    def test_no_path_ends_with_a_slash(self, name: str) -> None:
        assert [path for path in document(name)["paths"] if path.endswith("/")] == []

    def test_the_licence_is_that_of_the_project(self, name: str) -> None:
        licence = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"]
        assert document(name)["info"]["license"] == {"name": licence, "identifier": licence}

    def test_null_is_told_where_a_request_may_have_it(self, name: str) -> None:
        """Some APIs read null as absent: it is accepted where a member is optional, and there alone. In others it is a value of its own."""
        components = document(name)["components"]
        checked = 0
        for shape, schema in request_components(document(name)):
            for member, told in schema.get("properties", {}).items():
                valid = Draft202012Validator(told | {"components": components}).is_valid(None)
                wanted = f"{shape}.{member}" in NULLS[name] if name in NULLS else member not in schema.get("required", ())
                assert valid == wanted, f"{shape}.{member}"
                checked += 1
        assert (checked > 5) == takes_bodies(name)


def takes_bodies(name: str) -> bool:
    """Whether an API has more than links to follow."""
    return any("requestBody" in operation for path in document(name)["paths"].values() for operation in path.values())


def request_components(whole: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The components that bodies are made of."""
    todo: list[Any] = [each.get("requestBody") for path in whole["paths"].values() for each in path.values()]
    found: set[str] = set()
    while todo:
        match todo.pop():
            case {"$ref": str(target)} if (name := target.rpartition("/")[2]) not in found:
                found.add(name)
                todo.append(whole["components"]["schemas"][name])
                yield name, whole["components"]["schemas"][name]
            case dict() as inner:
                todo.extend(inner.values())
            case list() as entries:
                todo.extend(entries)


def test_a_pattern_behind_a_validator_is_told() -> None:
    email = document("wisdm")["components"]["schemas"]["SessionIn"]["properties"]["email"]
    assert email == {"maxLength": 254, "minLength": 3, "pattern": r"^[^@\s]+@[^@\s]+$", "type": "string"}


def test_when_a_key_was_last_used_may_be_null_and_is_always_there() -> None:
    told = document("wisdm")["components"]["schemas"]["ApiKeyOut"]
    assert told["properties"]["lastUsedAt"] == {"anyOf": [{"format": "date-time", "type": "string"}, {"type": "null"}]}
    assert "lastUsedAt" in told["required"]


@pytest.fixture(scope="module")
def odd_document() -> dict[str, Any]:
    """The document of an API that has a manner of its own wherever there may be one."""
    found: dict[str, Any] = json.loads(render(odd().apis[-1], "1", "MIT"))
    OpenAPIV31SpecValidator(found).validate()
    return found


class TestManners:
    def test_every_path_is_an_operation_of_its_own_and_head_goes_without_saying(self, odd_document: dict[str, Any]) -> None:
        paths = odd_document["paths"]
        assert {(path, method): paths[path][method]["operationId"] for path in paths for method in paths[path]} == {
            ("/toy/images/{id}", "put"): "store_image",
            ("/toy/images/{id}", "patch"): "change_image",
            ("/toy/images", "get"): "list_images",
            ("/toy/pictures", "get"): "list_images_2",
            ("/toy/{kind}/{id}", "delete"): "forget",
        }
        assert odd_document["paths"]["/toy/{kind}/{id}"]["delete"]["security"] == []

    def test_every_status_of_success_is_told_with_what_may_come(self, odd_document: dict[str, Any]) -> None:
        told = odd_document["paths"]["/toy/images/{id}"]["put"]["responses"]
        assert [told[status]["description"] for status in ("201", "200", "202")] == ["Done.", "OK.", "Accepted."]
        schema = {"anyOf": [{"$ref": "#/components/schemas/ImageOut"}, {"$ref": "#/components/schemas/Queued"}]}
        assert {status: response["content"] for status, response in told.items() if status < "400"} == {
            status: {"application/json": {"schema": schema}} for status in ("200", "201", "202")
        }
        assert "content" not in odd_document["paths"]["/toy/{kind}/{id}"]["delete"]["responses"]["204"]

    def test_headers_of_a_route_are_told_of_each_of_its_answers(self, odd_document: dict[str, Any]) -> None:
        def named(method: str, path: str) -> list[dict[str, Any]]:
            return [each["headers"] for each in odd_document["paths"][path][method]["responses"].values() if "headers" in each]

        assert {headers["Cache-Control"]["example"] for headers in named("put", "/toy/images/{id}")} == {"no-store"}
        assert not [headers for headers in named("get", "/toy/images") if "Cache-Control" in headers]

    def test_a_body_is_told_in_each_media_type_with_files_as_bytes(self, odd_document: dict[str, Any]) -> None:
        body = odd_document["paths"]["/toy/images/{id}"]["put"]["requestBody"]
        assert body["required"] is True
        assert list(body["content"]) == ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]
        assert {content["schema"]["$ref"] for content in body["content"].values()} == {"#/components/schemas/ImageIn"}
        assert odd_document["components"]["schemas"]["ImageIn"]["properties"]["file"] == {"type": "string", "format": "binary"}

    def test_a_body_may_be_left_out_where_that_means_no_members(self, odd_document: dict[str, Any]) -> None:
        body = odd_document["paths"]["/toy/images/{id}"]["patch"]["requestBody"]
        assert (body["required"], list(body["content"])) == (False, ["application/json"])

    def test_parameters_are_written_as_the_api_reads_them(self, odd_document: dict[str, Any]) -> None:
        parameters = odd_document["paths"]["/toy/images"]["get"]["parameters"]
        assert {each["name"]: (each.get("style"), each.get("explode")) for each in parameters} == {
            "page": (None, None),
            "sizes": ("form", True),
            "tagFilter": ("deepObject", True),
            "created": ("deepObject", True),
        }

    def test_null_is_told_where_it_is_a_value_of_its_own(self, odd_document: dict[str, Any]) -> None:
        schemas = odd_document["components"]["schemas"]
        nullable = {"anyOf": [{"type": "string"}, {"type": "null"}]}
        assert schemas["Tag"] == {
            "additionalProperties": False,
            "description": "A tag that images are looked up by.",
            "properties": {"key": {"type": "string"}, "value": nullable},
            "required": ["key", "value"],
            "title": "Tag",
            "type": "object",
        }
        assert schemas["ImageIn"]["properties"]["title"] == schemas["ImageOut"]["properties"]["title"] == nullable

    def test_answers_are_told_in_each_media_type_that_may_be_asked_for(self, odd_document: dict[str, Any]) -> None:
        told = odd_document["paths"]["/toy/images"]["get"]["responses"]
        assert told["200"]["content"] == {
            "text/csv": {"schema": {"type": "string"}},
            "image/png": {"schema": {"type": "string", "format": "binary"}},
        }
        assert "NotAcceptable" in told["406"]["content"]["application/json"]["examples"]

    def test_a_media_type_that_is_not_read_is_an_error_of_those_that_take_a_body(self, odd_document: dict[str, Any]) -> None:
        told = {
            operation["operationId"]
            for methods in odd_document["paths"].values()
            for operation in methods.values()
            if "415" in operation["responses"]
        }
        assert told == {"store_image", "change_image"}

    def test_a_path_that_the_shape_does_not_fit_is_a_mistake(self) -> None:
        wrong = route("GET", "/toy/{id}", "get", also_at=("/toy/old/{pk}",))
        with pytest.raises(Mistake, match=r"toy get: the path shape has not the variables of /toy/old/\{pk\}"):
            render(with_toys(wrong).apis[-1], "1", "MIT")

    def test_a_path_that_lacks_a_variable_is_not_described(self) -> None:
        found: dict[str, Any] = json.loads(render(with_toys(route("GET", "/toy/{id}", "get", also_at=("/toy",))).apis[-1], "1", "MIT"))
        assert list(found["paths"]) == ["/toy/{id}"]


def test_an_error_is_described_in_the_media_type_of_its_body() -> None:
    there = with_toys(route("GET", "/toy/{id}", "get", toy=TEXT), toy=TEXT)
    found: dict[str, Any] = json.loads(render(there.apis[-1], "1", "MIT"))
    OpenAPIV31SpecValidator(found).validate()
    responses = found["paths"]["/toy/{id}"]["get"]["responses"]
    assert responses["500"]["content"] == {
        "text/plain": {"schema": {"type": "string"}, "examples": {"Unexpected": {"value": "Unexpected\n"}}}
    }
    (invalid,) = responses["400"]["content"].items()
    assert invalid == (
        "application/problem+json",
        {"schema": {"$ref": "#/components/schemas/InvalidError"}, "examples": {"Invalid": {"value": {"fields": ["field"]}}}},
    )
    assert found["components"]["schemas"].keys() >= {"InvalidError"}
    assert "Error" not in found["components"]["schemas"]
