"""What answers of the WEGnology API look like: which members, in which form. Written from the API's description, without our shapes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from datetime import UTC, datetime, timedelta
from typing import Any

_ID = re.compile(r"[0-9a-f]{24}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_JOB = re.compile(r"[A-Za-z0-9_-]{1,21}")
_URL = re.compile(r"https?://[^/\s]+/\S+")
_CLASSES = {"standalone", "gateway", "peripheral", "floating", "edgeCompute", "system", "embedded"}
_LONG = timedelta(minutes=10)
"""Longer than the tests take."""
_MOMENT = 5
"""Seconds: longer than a device takes from its time to its id."""


def has(value: Any, always: Set[str], maybe: Set[str] = frozenset()) -> None:
    """An object with all of these members, and maybe some of those, and no others."""
    assert isinstance(value, dict), value
    assert always <= value.keys(), always - value.keys()
    assert value.keys() <= always | maybe, value.keys() - always - maybe


def is_id(value: Any) -> None:
    assert isinstance(value, str), value
    assert _ID.fullmatch(value), value


def is_integer(value: Any) -> None:
    """An integer that is none by being true or false."""
    assert type(value) is int, value


def time(value: Any) -> datetime:
    """A time in UTC with milliseconds, within the last minutes."""
    assert isinstance(value, str), value
    assert _TIME.fullmatch(value), value
    found = datetime.fromisoformat(value)
    assert abs(datetime.now(UTC) - found) < _LONG, value
    return found


def is_device(value: Any, application: str, without: Set[str] = frozenset(), deleted: bool = False) -> None:
    """A device of an application. `without`: members that were asked to be left out."""
    always = {"id", "deviceId", "applicationId", "creationDate", "lastUpdated", "name", "deviceClass", "tags", "attributes", "_type"}
    shown = {"connectionInfo", "_links"} - without
    maybe = {"description", "gatewayId", "parentId", "ancestorIds", "systemInterval", "keepDuplicates", "edgeAgentVersion", "_etag"}
    has(value, always | shown | ({"deletedAt"} if deleted else set()), maybe)
    is_id(value["id"])
    assert value["deviceId"] == value["id"]
    assert value["applicationId"] == application
    created, updated = time(value["creationDate"]), time(value["lastUpdated"])
    assert created <= updated
    assert 0 <= int(value["id"][:8], 16) - int(created.timestamp()) <= _MOMENT
    assert not deleted or time(value["deletedAt"]) >= created
    assert 1 <= len(value["name"]) <= 255
    assert value["deviceClass"] in _CLASSES
    assert value["_type"] == "device"
    _are_tags(value["tags"])
    _are_attributes(value["attributes"])
    if "_links" in shown:
        assert value["_links"] == _links(application) | {"self": {"href": f"/applications/{application}/devices/{value['id']}"}}
    if "connectionInfo" in shown:
        has(value["connectionInfo"], {"connected"}, {"time"})
        assert value["connectionInfo"]["connected"] is None or type(value["connectionInfo"]["connected"]) is int


def _links(application: str) -> dict[str, Any]:
    return {"application": {"href": f"/applications/{application}"}, "devices": {"href": f"/applications/{application}/devices"}}


def _are_tags(value: Any) -> None:
    """An array of tags, or an object of the values of each key."""
    if isinstance(value, dict):
        assert all(isinstance(values, list) and values and all(isinstance(each, str) for each in values) for values in value.values())
        return
    assert isinstance(value, list)
    for tag in value:
        has(tag, {"key", "value"})


def _are_attributes(value: Any) -> None:
    """An array of attributes, or an object of them by their names."""
    assert isinstance(value, list | dict)
    named = value.items() if isinstance(value, dict) else ((each["name"], each) for each in value)
    for name, attribute in named:
        always = {"dataType", "attributeTags"} | (set() if isinstance(value, dict) else {"name"})
        has(attribute, always, {"name", "contentType", "description", "system"})
        assert attribute.get("name", name) == name
        assert attribute["dataType"] in {"string", "number", "gps", "boolean", "blob"}
        assert isinstance(attribute["attributeTags"], dict)


_PAGE = {"items", "count", "totalCount", "perPage", "page", "sortField", "sortDirection", "applicationId", "_type"}


def is_page(value: Any, application: str, echo: Mapping[str, Any], links: bool = True, **numbers: Any) -> None:
    """A page around items. `echo`: what it repeats of the request; `numbers`: values of members that the caller knows."""
    has(value, _PAGE | echo.keys() | ({"_links"} if links else set()))
    for name in ("count", "totalCount", "perPage", "page"):
        is_integer(value[name])
    assert {name: value[name] for name in echo} == echo
    usual = {"perPage": 100, "page": 0, "sortField": "name", "sortDirection": "asc"}
    count = {"count": len(value["items"]), "totalCount": len(value["items"])}
    expected = {**usual, **count, "applicationId": application, "_type": "devices", **numbers}
    assert {name: value[name] for name in expected} == expected
    if links:
        at = f"/applications/{application}"
        assert value["_links"] == {"application": {"href": at}, "self": {"href": f"{at}/devices"}}


def is_state(value: Any) -> None:
    """A device in a list of states."""
    has(value, {"id", "name", "compositeState"})
    is_id(value["id"])
    for each in value["compositeState"].values():
        has(each, {"value", "time"})
        assert isinstance(each["value"], str | int | float)
        assert _TIME.fullmatch(each["time"])


def is_job(value: Any) -> str:
    """A job that was queued; its id."""
    has(value, {"success", "jobQueued", "jobId"})
    assert value["success"] is True
    assert value["jobQueued"] is True
    assert isinstance(value["jobId"], str)
    assert _JOB.fullmatch(value["jobId"])
    return value["jobId"]


def are_counts(value: Any, **expected: int) -> None:
    """Exactly these numbers."""
    has(value, expected.keys())
    for each in value.values():
        is_integer(each)
    assert value == expected


def is_update(value: Any, **expected: int) -> str:
    """The answer of a patch; the link to its log."""
    has(value, {"updated", "failed", "skipped", "logLink"})
    are_counts({name: number for name, number in value.items() if name != "logLink"}, **expected)
    assert _URL.fullmatch(value["logLink"])
    return str(value["logLink"])


def is_result(value: Any, job: str, application: str, output: Set[str]) -> Mapping[str, Any]:
    """What a callback brings of a job that succeeded; its output, which has these members."""
    has(value, {"jobId", "applicationId", "name", "status", "output"})
    assert isinstance(value["name"], str)
    assert (value["jobId"], value["applicationId"], value["status"]) == (job, application, "completed")
    has(value["output"], output)
    found: Mapping[str, Any] = value["output"]
    return found
