"""Keeps the stored secrets of WAN settings that are posted back as they were shown: without their secrets (wisdm.md 8.3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fleet.configuration.configuration import OPEN, SECRETS
from fleet.errors import Invalid, Problem


def keep_secrets(settings: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of some interfaces, completed with the secrets that they leave out; one that is "" is erased.

    A secret is kept while the members that say what it is for are unchanged.

    Invalid when an enabled network with encryption, or an enabled dialled connection, is left without its secret.
    """
    whole = dict(settings)
    for path, members in SECRETS["wan"].items():
        whole = _kept(whole, stored, path, members)
    problems = [*_missing_key(whole.get("wifi") or {}), *_missing_password(whole.get("ethernet") or {})]
    if problems:
        raise Invalid(*problems)
    return whole


def _kept(new: dict[str, Any], old: Any, path: tuple[str, ...], members: tuple[str, ...]) -> dict[str, Any]:
    name, before = path[0], old if isinstance(old, dict) else {}
    if len(path) > 1:
        return {**new, name: _kept(new[name], before.get(name), path[1:], members)} if name in new else new
    if new.get(name) == "" or new.get("encryption") == OPEN:
        return {member: value for member, value in new.items() if member != name}
    same = name in before and all(new.get(member) == before.get(member) for member in members)
    return {**new, name: new.get(name, before[name])} if same else new


def _missing_key(wifi: Mapping[str, Any]) -> list[Problem]:
    needed = wifi.get("enabled") and wifi.get("encryption") != OPEN and "key" not in wifi
    return [Problem(("wifi", "key"), "is required by the encryption")] if needed else []


def _missing_password(ethernet: Mapping[str, Any]) -> list[Problem]:
    needed = ethernet.get("enabled") and "pppoe" in ethernet and "password" not in ethernet["pppoe"]
    return [Problem(("ethernet", "pppoe", "password"), "is required")] if needed else []
