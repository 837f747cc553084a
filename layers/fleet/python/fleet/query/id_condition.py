"""Conditions on ids: an id, null, or exactly one operator."""

from __future__ import annotations

import re

from fleet.query.node import Node
from fleet.query.rules import COMPLEMENTS, LISTS, SINGLE, Rule, equality, nothing, order

_ID = re.compile("[0-9a-fA-F]{24}")
_OPERATORS = SINGLE | LISTS


def id_rule(node: Node) -> Rule:
    """The rule of a condition on an id."""
    if not isinstance(node.value, dict):
        return _compared("$eq", node)
    rules = [_listed(name, member) if name in LISTS else _compared(name, member) for name, member in node.members(_OPERATORS)]
    if len(node.value) != 1:
        node.refuse("must have exactly one operator")
    return rules[0] if rules else Rule(nothing)


def _compared(name: str, node: Node) -> Rule:
    absent = node.value is None
    ids = [] if absent else _ids(node, "must be an id of 24 hexadecimal digits, or null")
    return equality(ids, absent, name in COMPLEMENTS) if name in ("$eq", "$ne") else order(name, ids)


def _listed(name: str, node: Node) -> Rule:
    ids = [id for entry in node.entries() for id in _ids(entry, "must be an id of 24 hexadecimal digits")]
    return equality(ids, complement=name in COMPLEMENTS)


def _ids(node: Node, rule: str) -> list[str]:
    """The id, as it is stored, or nothing."""
    if isinstance(node.value, str) and _ID.fullmatch(node.value):
        return [node.value.lower()]
    node.refuse(rule)
    return []
