"""Conditions on texts and instants: a scalar, or an object of operators that all have to hold."""

from __future__ import annotations

import operator
import sys
from collections.abc import Callable, Iterator

from fleet.query.instants import milliseconds
from fleet.query.node import Node
from fleet.query.rules import COMPLEMENTS, LISTS, SINGLE, Fits, Rule, equality, nothing, order
from fleet.query.texts import fold

Operands = Callable[[Node], list[str | int | float]]
"""Reads a scalar that is not null: the one operand, or none where it is of another type than the field."""
_PARTS = {"$startsWith": "startswith", "$endsWith": "endswith", "$contains": "__contains__"}
_IGNORE_CASE = "$ci"
_OPERATORS = frozenset({*SINGLE, *LISTS, *_PARTS, _IGNORE_CASE})


def text_rules(node: Node) -> list[Rule]:
    """The rules of a condition on a text."""
    if not (isinstance(node.value, dict) and node.value.get(_IGNORE_CASE) is True):
        return list(_rules(node, _text))
    return [rule._replace(fits=_of_folded(rule.fits)) for rule in _rules(node, _folded)]


def instant_rules(node: Node) -> list[Rule]:
    """The rules of a condition on an instant: a number is milliseconds since the epoch, a text is ISO 8601. It has no parts."""
    return list(_rules(node, _instant))


def _rules(node: Node, operands: Operands) -> Iterator[Rule]:
    members = node.members(_OPERATORS) if isinstance(node.value, dict) else [("$eq", node)]
    for name, member in members:
        if name in LISTS:
            yield _listed(name, member, operands)
        elif name in SINGLE:
            yield _compared(name, member, operands)
        elif name != _IGNORE_CASE:
            yield _part(name, member, operands)
        elif not isinstance(member.value, bool):
            member.refuse(kind="bool_type")


def _listed(name: str, node: Node, operands: Operands) -> Rule:
    found = []
    for entry in node.entries():
        if entry.value is None:
            entry.refuse(kind="null")
        else:
            found += operands(entry)
    return equality(found, complement=name in COMPLEMENTS)


def _compared(name: str, node: Node, operands: Operands) -> Rule:
    absent = node.value is None
    found = [] if absent else operands(node)
    return equality(found, absent, name in COMPLEMENTS) if name in ("$eq", "$ne") else order(name, found)


def _part(name: str, node: Node, operands: Operands) -> Rule:
    if node.text(shortest=1) is None or operands is _instant:
        return Rule(nothing)
    return Rule(operator.methodcaller(_PARTS[name], *operands(node)))


def _text(node: Node) -> list[str | int | float]:
    scalar = _scalar(node)
    return [scalar] if isinstance(scalar, str) else []


def _folded(node: Node) -> list[str | int | float]:
    return [fold(text) for text in _text(node) if isinstance(text, str)]


def _instant(node: Node) -> list[str | int | float]:
    scalar = _scalar(node)
    if not isinstance(scalar, str):
        return [] if scalar is None or isinstance(scalar, bool) else [scalar]
    instant = milliseconds(scalar)
    if instant is None:
        node.refuse("must be an ISO 8601 date")
    return [] if instant is None else [instant]


def _scalar(node: Node) -> str | int | float | None:
    """A text, a number or a boolean; None where it is none of them."""
    match node.value:
        case bool():
            return node.value
        case int() | float():
            if abs(node.value) <= sys.float_info.max:
                return node.value
            node.refuse("is out of range")
        case str():
            return node.text()
        case _:
            node.refuse("must be a string, a number, true, false or null")
    return None


def _of_folded(fits: Fits) -> Fits:
    return lambda text: fits(fold(text))
