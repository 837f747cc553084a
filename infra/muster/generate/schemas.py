"""Rendering: the JSON schemas of shapes, as components of an OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from edge.shape import Strict

HERE = "#/components/schemas/"
FIELD = "field"
"""The field that the sample of an invalid request is about."""
Shown = tuple[type[BaseModel], JsonSchemaMode]
"""A shape, and whether it is read (`validation`) or shown (`serialization`)."""


class _Schemas(GenerateJsonSchema):
    """A member that may be absent is one that is not required. Null is documented only where it means something else than absent."""

    shows_null = False
    _null_is_absent = False

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        outer, self._null_is_absent = self._null_is_absent, issubclass(schema["cls"], Strict)
        try:
            return super().model_schema(schema)
        finally:
            self._null_is_absent = outer

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        shown = self.shows_null if self.mode == "serialization" else not self._null_is_absent
        return super().nullable_schema(schema) if shown else self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"]) if schema.get("default", "") is None else super().default_schema(schema)


class _SchemasWithNull(_Schemas):
    """The same for an API whose answers show null where there is no value."""

    shows_null = True


class Schemas:
    """The schemas of these shapes: a component each, and one of each shape that they are made of."""

    def __init__(self, wanted: Iterable[Shown], shows_null: bool) -> None:
        ordered = sorted(set(wanted), key=lambda pair: (pair[0].__name__, pair[1]))
        generator = _SchemasWithNull if shows_null else _Schemas
        parts, definitions = models_json_schema(ordered, by_alias=True, ref_template=HERE + "{model}", schema_generator=generator)
        self._parts: Mapping[Any, JsonSchemaValue] = parts
        self._components: Mapping[str, Any] = definitions.get("$defs", {})

    def reference(self, shape: type[BaseModel], mode: JsonSchemaMode) -> JsonSchemaValue:
        """The schema of a shape, as a reference to its component."""
        return self._parts[shape, mode]

    def component(self, schema: JsonSchemaValue) -> dict[str, Any]:
        """The component that a schema refers to; the schema itself when it refers to none."""
        component: dict[str, Any] = self._components[schema["$ref"].removeprefix(HERE)] if "$ref" in schema else schema
        return component

    def is_object(self, schema: JsonSchemaValue) -> bool:
        """Whether its values are objects, or lists of them."""
        found = self.component(schema)
        inner = [*found.get("anyOf", ()), *([found["items"]] if "items" in found else [])]
        return found.get("type") == "object" or any(self.is_object(each) for each in inner)

    def is_list(self, schema: JsonSchemaValue) -> bool:
        """Whether its values are lists."""
        found = self.component(schema)
        return found.get("type") == "array" or any(self.is_list(each) for each in found.get("anyOf", ()))

    def referenced_components(self, value: Any) -> dict[str, Any]:
        """The components that are referred to, from here or from each other: parameters took the members of theirs."""
        found: set[str] = set()
        todo = [value]
        while todo:
            match todo.pop():
                case {"$ref": str(target)} if (name := target.removeprefix(HERE)) in self._components:
                    if name not in found:
                        found.add(name)
                        todo.append(self._components[name])
                case dict() as members:
                    todo.extend(members.values())
                case list() as entries:
                    todo.extend(entries)
        return {name: self._components[name] for name in sorted(found)}


def schema_of(value: Any) -> dict[str, Any]:
    """The schema of a sample: an error body is known by what the dialect makes of an error.

    An object whose only member is called like the sample's field has a member for each field.
    """
    if isinstance(value, dict) and value.keys() == {FIELD}:
        return {"type": "object", "additionalProperties": schema_of(value[FIELD])}
    if isinstance(value, dict):
        return {"type": "object", "required": list(value), "properties": {name: schema_of(member) for name, member in value.items()}}
    if isinstance(value, list):
        return {"type": "array", "items": schema_of(value[0]) if value else {}}
    return {"type": "integer" if isinstance(value, int) else "string"}
