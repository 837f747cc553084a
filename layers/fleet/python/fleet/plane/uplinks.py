"""All types of messages that gateways send. A module that declares some is listed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType

from fleet.plane import on_configuration, on_devices, on_gateway, on_logs, on_orders, on_things
from fleet.plane.uplink import AnyUplinkType, UplinkType


def declared(modules: Sequence[ModuleType]) -> Mapping[str, AnyUplinkType]:
    """The types that modules declare, by name. TypeError when two have one name."""
    types: dict[str, AnyUplinkType] = {}
    for each in (value for module in modules for value in vars(module).values() if isinstance(value, UplinkType)):
        if each.name in types:
            raise TypeError(f"{each.name} is declared twice: a type of message has one handler")
        types[each.name] = each
    return types


UPLINKS = declared((on_gateway, on_configuration, on_orders, on_logs, on_things, on_devices))
