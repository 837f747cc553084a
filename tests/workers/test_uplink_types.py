"""Each type of uplink message is one declaration, and the page for firmware engineers has the same types."""

from __future__ import annotations

import re
from types import ModuleType

import pytest

from fleet.aws.reads import nothing
from fleet.plane import on_gateway
from fleet.plane.arrival import TAKEN, Arrival, Receipt
from fleet.plane.gateway_messages import SyslogDone
from fleet.plane.uplink import uplink
from fleet.plane.uplinks import UPLINKS, declared
from muster.home import ROOT

PAGE = (ROOT / "docs" / "device-plane.md").read_text()


def test_the_page_has_the_types_that_are_declared() -> None:
    section = PAGE.partition("## 3. Types up")[2].partition("## 4.")[0]
    assert set(re.findall(r"^\| `((?:gateway|thingsee|device)\.[A-Za-z.]+)` \|", section, re.MULTILINE)) == set(UPLINKS)
    assert set(re.findall(r"^### `(.+)`$", section, re.MULTILINE)) == set(UPLINKS)


def module_with(name: str) -> ModuleType:
    """A module that declares a type of message."""

    @uplink(name, SyslogDone, reads=nothing)
    def handle(arrival: Arrival, payload: SyslogDone, _: None) -> Receipt:
        return TAKEN

    module = ModuleType("on_trial")
    vars(module)["handle"] = handle
    return module


def test_a_declaration_is_all_that_a_new_type_takes() -> None:
    added = declared((on_gateway, module_with("gateway.teleport")))
    assert added.keys() - declared((on_gateway,)).keys() == {"gateway.teleport"}
    assert added["gateway.teleport"].shape is SyslogDone


def test_a_type_is_declared_once() -> None:
    with pytest.raises(TypeError, match=r"gateway\.hello is declared twice"):
        declared((on_gateway, module_with("gateway.hello")))
