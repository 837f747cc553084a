"""The OpenAPI documents: valid, complete, and with examples that are true."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from muster.generate.render_openapi import results
from muster.home import ROOT
from tests.infrastructure.stacks import project

ROUTES = [each for api in project().apis for each in api.routes]


def document(dialect: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "docs/openapi" / f"{dialect}.json").read_text())
    return found


def operation(each: Any) -> dict[str, Any]:
    found: dict[str, Any] = document(each.route.dialect)["paths"][each.route.path][each.route.method.lower()]
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
            if status != str(each.route.status)
            for name in response["content"]["application/json"]["examples"]
        }
        assert samples >= {kind.__name__ for kind in each.route.raises} | {"Unauthenticated", "NotAllowed", "Unexpected"}
