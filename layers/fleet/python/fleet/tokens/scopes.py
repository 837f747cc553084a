"""The scopes of access tokens of the WEGnology API, and which of them its actions accept."""

from __future__ import annotations

from collections.abc import Mapping

_WRITES = frozenset({"all.Application", "all.Organization", "all.User"})
_READS = _WRITES | {f"{scope}.read" for scope in _WRITES}
_DEVICE_WRITES = frozenset({"all.Device"})
_DEVICE_READS = _DEVICE_WRITES | {"all.Device.read"}
DEVICE_SCOPES = _DEVICE_READS
"""The scopes of the token of a device, which has no others."""

_OF_DEVICES: Mapping[str, frozenset[str]] = {
    "attributeNames": _READS,
    "delete": _WRITES,
    "deviceNames": _READS,
    "export": _READS,
    "get": _READS | _DEVICE_READS,
    "getCompositeState": _READS | _DEVICE_READS,
    "patch": _WRITES,
    "payloadCounts": _READS,
    "post": _WRITES,
    "removeData": _WRITES,
    "restore": _WRITES,
    "sendCommand": _WRITES | _DEVICE_WRITES,
    "tagKeys": _READS,
    "tagValues": _READS,
}
"""The general scopes that the actions on devices accept."""
_OF_A_DEVICE: Mapping[str, frozenset[str]] = {
    "sendState": _WRITES | _DEVICE_WRITES,
    "getCommand": _READS | _DEVICE_READS,
}
"""The general scopes that the actions on one device accept."""
ACCEPTED: Mapping[str, frozenset[str]] = {
    **{action: general | {"devices.*", f"devices.{action}"} for action, general in _OF_DEVICES.items()},
    **{action: general | {"devices.*", "device.*", f"device.{action}"} for action, general in _OF_A_DEVICE.items()},
}
"""The scopes that each action accepts, by the action's name."""
SCOPES: tuple[str, ...] = tuple(sorted(frozenset().union(*ACCEPTED.values())))
"""All scopes that a token may have."""


def allows(action: str, may: frozenset[str]) -> bool:
    """Whether a token with these scopes may do this action. KeyError for an action that there is not."""
    return not ACCEPTED[action].isdisjoint(may)
