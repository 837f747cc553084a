"""Rules: what one operator of a condition says of a field, and the test of devices that follows from it."""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import Any, NamedTuple

from fleet.query.fields import Field, Several
from fleet.query.selection import Test

Fits = Callable[[Any], bool]
"""Whether a value that is there fits."""
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {"$gt": operator.lt, "$gte": operator.le, "$lt": operator.gt, "$lte": operator.ge}
"""The comparison of the operand with a value."""
SINGLE = frozenset({"$eq", "$ne", *_ORDERS})
"""Operators with one operand."""
LISTS = frozenset({"$in", "$nin"})
COMPLEMENTS = frozenset({"$ne", "$nin"})


class Rule(NamedTuple):
    """One operator with its operand.

    `fits` judges a value, `absent` says whether the rule holds where there is none. `complement`: the opposite holds.
    """

    fits: Fits
    absent: bool = False
    complement: bool = False


def nothing(_: Any) -> bool:
    """What an operand of another type than the field fits."""
    return False


def equality(operands: Collection[Any], absent: bool = False, complement: bool = False) -> Rule:
    """The field is one of these; with `absent`, or has no value."""
    match list(operands):
        case []:
            return Rule(nothing, absent, complement)
        case [only]:
            return Rule(partial(operator.eq, only), absent, complement)
    return Rule(frozenset(operands).__contains__, absent, complement)


def order(name: str, operands: Collection[Any]) -> Rule:
    """The field is before or after the only operand; nothing is before or after none."""
    return next((Rule(partial(_ORDERS[name], operand)) for operand in operands), Rule(nothing))


def on_value(rule: Rule, field: Field) -> Test:
    """The test of a field with one value, or none."""
    fits, absent, opposite = rule
    if opposite:
        return lambda row, connection: not (absent if (value := field(row, connection)) is None else fits(value))
    return lambda row, connection: absent if (value := field(row, connection)) is None else fits(value)


def on_values(rule: Rule, field: Several) -> Test:
    """The test of a field with several values: one of them has to fit; for a complement, none may."""
    fits, absent, opposite = rule
    return lambda row, connection: opposite != (any(map(fits, values)) if (values := field(row, connection)) else absent)


def together(rules: Sequence[Rule]) -> list[Rule]:
    """Rules for a field with several values, of which one has to fit all that are not complements: of those one rule is made."""
    positive = [rule for rule in rules if not rule.complement]
    if len(positive) < 2:
        return list(rules)
    every = Rule(lambda value: all(rule.fits(value) for rule in positive), all(rule.absent for rule in positive))
    return [every, *(rule for rule in rules if rule.complement)]
