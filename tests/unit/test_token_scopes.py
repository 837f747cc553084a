"""The scopes of access tokens: what each action accepts, column by column, and nothing else."""

from __future__ import annotations

import pytest

from fleet.tokens.scopes import ACCEPTED, DEVICE_SCOPES, SCOPES, allows
from muster.home import ROOT

WIDE = ("all.Application", "all.Organization", "all.User")
COLLECTION = (
    "attributeNames", "delete", "deviceNames", "export", "get", "getCompositeState", "patch", "payloadCounts", "post", "removeData",
    "restore", "sendCommand", "tagKeys", "tagValues",
)  # fmt: skip
ONE = ("sendState", "getCommand")
READ = {"attributeNames", "deviceNames", "export", "get", "getCompositeState", "payloadCounts", "tagKeys", "tagValues", "getCommand"}
"""Those that a scope to read opens: exports and counts too."""
OF_DEVICE = {"get", "getCompositeState", "sendCommand", "sendState", "getCommand"}
OF_DEVICE_READ = {"get", "getCompositeState", "getCommand"}


def opened(scope: str) -> set[str]:
    return {action for action in ACCEPTED if allows(action, frozenset({scope}))}


def test_there_are_sixteen_actions() -> None:
    assert set(ACCEPTED) == {*COLLECTION, *ONE}


def test_the_general_scopes() -> None:
    for scope in WIDE:
        assert (opened(scope), opened(f"{scope}.read")) == ({*COLLECTION, *ONE}, READ)
    assert (opened("all.Device"), opened("all.Device.read")) == (OF_DEVICE, OF_DEVICE_READ)


def test_the_special_scopes() -> None:
    assert (opened("devices.*"), opened("device.*")) == ({*COLLECTION, *ONE}, {*ONE})
    for action in COLLECTION:
        assert (opened(f"devices.{action}"), opened(f"device.{action}")) == ({action}, set())
    for action in ONE:
        assert (opened(f"device.{action}"), opened(f"devices.{action}")) == ({action}, set())


def test_one_scope_of_several_is_enough_and_none_opens_nothing() -> None:
    assert allows("tagKeys", frozenset({"all.Device", "devices.post", "devices.tagKeys"}))
    assert not allows("tagKeys", frozenset({"all.Device", "devices.post"}))
    for odd in ("", "*", "all.*", "devices", "Devices.get", "devices.get.bounded", "all.Application.write", "devices.historicalImport"):
        assert opened(odd) == set()
    assert not any(allows(action, frozenset()) for action in ACCEPTED)


def test_the_list_has_every_scope_that_opens_anything_once() -> None:
    assert len(SCOPES) == len(set(SCOPES)) == 3 * 2 + 2 + 1 + 14 + 1 + 2
    assert all(opened(scope) for scope in SCOPES)
    assert {"all.Device", "all.Device.read"} == DEVICE_SCOPES <= set(SCOPES)


def test_an_unknown_action_is_a_mistake_of_the_program() -> None:
    with pytest.raises(KeyError):
        allows("historicalImport", frozenset({"all.Application"}))


def test_the_table_of_the_contract_says_the_same() -> None:
    section = (ROOT / "docs/contracts/wegnology.md").read_text().partition("### 2.2 ")[2].partition("### ")[0]
    lines = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("|")]
    columns = (set(WIDE), {f"{scope}.read" for scope in WIDE}, {"all.Device"}, {"all.Device.read"})
    said = {}
    for action, *shown, own in lines[2:]:
        general = [scopes for scopes, is_so in zip(columns, shown, strict=True) if is_so == "yes"]
        said[action] = {"devices.*", *own.replace("`", "").split(", ")}.union(*general)
    assert said == ACCEPTED
