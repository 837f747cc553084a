"""POST /applications/{applicationId}/devices: what is refused, and how the refusal names it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.contract.wegnology.application import Application, refusal

NO_KEYS = ("", "a b", "a.b", "é", "a\n", "k" * 256, "$a", "٣", None, 1)


def some(*values: Any) -> tuple[Any, ...]:
    """Values of any types."""
    return values


def _attribute(**members: Any) -> dict[str, Any]:
    return {"attributes": [{"name": "a", "dataType": "number", **members}]}


def _child(**members: Any) -> dict[str, Any]:
    return _attribute(system={"childAttributes": [{"name": "a", "mode": "all", **members}]})


def _tag(**members: Any) -> dict[str, Any]:
    return {"tags": [{"key": "a", "value": "b", **members}]}


BAD: list[tuple[Mapping[str, Any], str]] = [
    *(({"name": value}, "name") for value in some(None, "", "n" * 256, 1, ["a"], True)),
    *(({"description": value}, "description") for value in some(None, "d" * 32_768, 1)),
    *(({"tags": value}, "tags") for value in some(None, {}, {"a": ["b"]}, "a", [{"key": "a", "value": "b"}] * 101)),
    *((_tag(key=key), "tags.0.key must ") for key in NO_KEYS),
    *((_tag(value=value), "tags.0.value") for value in some("", "v" * 256, None, 1)),
    ({"tags": [{"key": "a"}]}, "tags.0.value is required"), ({"tags": [{"value": "a"}]}, "tags.0.key is required"),
    (_tag(more=1), "tags.0.more"), ({"tags": ["a"]}, "tags.0 must be an object"), ({"tags": [None]}, "tags.0 "),
    *(({"attributes": value}, "attributes") for value in some(None, {}, "a", [{"name": f"a{n}", "dataType": "gps"} for n in range(257)])),
    ({"attributes": [{"name": "a", "dataType": "string"}, {"name": "a", "dataType": "number"}]}, "attributes must not have a name twice"),
    *((_attribute(name=key), "attributes.0.name") for key in NO_KEYS),
    *((_attribute(dataType=value), "attributes.0.dataType") for value in some("", "String", "int", None)),
    ({"attributes": [{"name": "a"}]}, "attributes.0.dataType is required"),
    ({"attributes": [{"dataType": "gps"}]}, "attributes.0.name is required"),
    *((_attribute(contentType=value), "attributes.0.contentType") for value in some("c" * 65, None, 1)),
    *((_attribute(description=value), "attributes.0.description") for value in some("d" * 32_768, None, 1)),
    *((_attribute(attributeTags=value), "attributes.0.attributeTags") for value in some(
        None, [], {"a": ""}, {"a": "v" * 256}, {"a b": "c"}, {"a": 1},
    )),
    (_attribute(more=1), "attributes.0.more"),
    *((_attribute(system=value), "attributes.0.system") for value in some(
        None, [], "a", {"more": 1}, {"aggregation": "first"}, {"aggregation": None},
    )),
    *((_attribute(system={"aggregationOptions": value}), "attributes.0.system.aggregationOptions") for value in some([1], None, {})),
    *((_attribute(system={"childAttributes": value}), "attributes.0.system.childAttributes") for value in some(
        None, [{}], [{"name": "a"}], [{"mode": "all"}], [{"name": "a", "mode": "all"}] * 257,
    )),
    *((_child(**members), "attributes.0.system.childAttributes.0") for members in some(
        {"mode": "some"}, {"name": "a b"}, {"more": 1}, {"deviceIds": ["x"]}, {"deviceIds": ["a" * 24] * 1001}, {"deviceIds": None},
        {"deviceTags": [{"key": ""}]}, {"deviceTags": [{"value": ""}]}, {"deviceTags": [{"more": "a"}]}, {"deviceTags": [{}] * 101},
    )),
    *(({"deviceClass": value}, "deviceClass") for value in some("", "Gateway", "sensor", None, 1)),
    *(({"gatewayId": value}, "gatewayId") for value in some(None, "", "x", "a" * 23, "a" * 25, "g" * 24, 1, f"{'a' * 24}\n", "٣" * 24)),
    *(({"parentId": value}, "parentId") for value in some("", "null", "x", "a" * 25, 1, f"{'a' * 24}\n")),
    *(({"systemInterval": value}, "systemInterval") for value in some(4, 3601, 30.5, "30", True, None, 1e300, 10**30)),
    *(({"keepDuplicates": value}, "keepDuplicates") for value in some(None, 0, 1, "true")),
]  # fmt: skip


@pytest.mark.parametrize(("members", "names"), BAD, ids=lambda value: f"{value!s:.50}")
def test_what_is_refused_is_named(application: Application, members: Mapping[str, Any], names: str) -> None:
    message = refusal(application.post(dict(members)), 400)
    assert message.startswith(names), message
    assert len(message) < 20_000
