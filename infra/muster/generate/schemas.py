"""Rendering: the JSON schemas of shapes, as components of an OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from edge.dialect import Shows
from edge.shape import Strict

HERE = "#/components/schemas/"
FIELD = "field"
"""The field that the sample of an invalid request is about."""
Shown = tuple[type[BaseModel], JsonSchemaMode]
"""A shape, and whether it is read (`validation`) or shown (`serialization`)."""


_LIMITS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum", "multiple_of": "multipleOf"}
"""JSON Schema's words for the limits of a number that pydantic leaves in its own, behind a validator of ours."""
_NULL = {"type": "null"}


class _Schemas(GenerateJsonSchema):
    """Members as requests may have them and answers do: which may be null, and which may be absent."""

    shows: Shows = "values"
    _null_is_absent = False

    def generate_inner(self, schema: Any) -> JsonSchemaValue:
        found = {_LIMITS.get(word, word): value for word, value in super().generate_inner(schema).items()}
        return self._member(schema, found) if schema["type"] == "model-field" else found

    def _member(self, field: Any, found: JsonSchemaValue) -> JsonSchemaValue:
        """A member. A strict shape reads null as absent, and so takes it where a member may be absent; `values` shows no null."""
        if self.mode == "serialization":
            return without_null(found) if self.shows == "values" and not _is_written_by_hand(field["schema"]) else found
        if not self._null_is_absent:
            return found
        return without_null(found) if self.field_is_required(field, True) else _with_null(without_null(found))

    def field_is_required(self, field: Any, total: bool) -> bool:
        """An answer has every member, but those without a value where only values are shown, and those not set where only these are."""
        if self.mode == "validation" or self.shows == "set":
            return super().field_is_required(field, total)
        return self.shows == "nulls" or _is_written_by_hand(field["schema"]) or not _may_be_null(field["schema"])

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        outer, self._null_is_absent = self._null_is_absent, issubclass(schema["cls"], Strict)
        try:
            return super().model_schema(schema)
        finally:
            self._null_is_absent = outer

    def chain_schema(self, schema: core_schema.ChainSchema) -> JsonSchemaValue:
        """All steps at once: a pattern that is looked at behind a validator is a step of its own."""
        return {word: value for step in schema["steps"] for word, value in self.generate_inner(step).items()}

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"]) if schema.get("default", "") is None else super().default_schema(schema)


class _SchemasWithNulls(_Schemas):
    """The same for an API whose answers show null where there is no value."""

    shows = "nulls"


class _SchemasOfSet(_Schemas):
    """The same for an API whose answers have the members that are set."""

    shows = "set"


_GENERATORS: Mapping[Shows, type[_Schemas]] = {"values": _Schemas, "nulls": _SchemasWithNulls, "set": _SchemasOfSet}


def _may_be_null(schema: Any) -> bool:
    """Whether a member's value is None where it has none."""
    return schema["type"] == "nullable" or (
        schema["type"] == "default" and (schema.get("default", "") is None or _may_be_null(schema["schema"]))
    )


def _is_written_by_hand(schema: Any) -> bool:
    """Whether a function of the shape writes the member, null included."""
    return "serialization" in schema or (schema["type"] == "default" and _is_written_by_hand(schema["schema"]))


def _with_null(schema: JsonSchemaValue) -> JsonSchemaValue:
    """The schema that takes null too."""
    if schema in ({}, _NULL):
        return schema
    outer = {word: schema[word] for word in ("default",) if word in schema}
    inner = {word: value for word, value in schema.items() if word not in outer}
    return {"anyOf": [*(inner["anyOf"] if inner.keys() == {"anyOf"} else [inner]), _NULL], **outer}


def without_null(schema: JsonSchemaValue) -> JsonSchemaValue:
    """The schema that does not take null."""
    if _NULL not in schema.get("anyOf", ()):
        return schema
    kinds = [each for each in schema["anyOf"] if each != _NULL]
    outer = {word: value for word, value in schema.items() if word != "anyOf"}
    return {**kinds[0], **outer} if len(kinds) == 1 else {"anyOf": kinds, **outer}


class Schemas:
    """The schemas of these shapes: a component each, and one of each shape that they are made of."""

    def __init__(self, wanted: Iterable[Shown], shows: Shows) -> None:
        ordered = sorted(set(wanted), key=lambda pair: (pair[0].__name__, pair[1]))
        parts, definitions = models_json_schema(ordered, by_alias=True, ref_template=HERE + "{model}", schema_generator=_GENERATORS[shows])
        self._parts: Mapping[Any, JsonSchemaValue] = parts
        components = definitions.get("$defs", {})
        self._components: Mapping[str, Any] = {name: component | {"title": _title(name)} for name, component in components.items()}

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


def _title(component: str) -> str:
    """Generators name classes after titles: a shape that is read and shown differently is two components."""
    return component.replace("-", "")


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
