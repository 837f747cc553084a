"""Repairs of MiniStack 1.5.33's queries: MiniStack parses the key condition for every item of the partition."""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import base64
import contextvars
import decimal
import functools
import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import dynamodb

Test = Callable[[Mapping[str, Any]], bool]

_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_VALUES: dict[str, Callable[[str], Any]] = {"S": str, "N": decimal.Decimal, "B": base64.b64decode}
_CLAUSE = re.compile(
    r"""\s*(?: begins_with\s*\(\s* (?P<whole>[\#\w]+) \s*,\s* (?P<start>:\w+) \s*\)
             | (?P<within>[\#\w]+) \s+BETWEEN\s+ (?P<low>:\w+) \s+AND\s+ (?P<high>:\w+)
             | (?P<left>[\#\w]+) \s*(?P<sign><=|>=|=|<|>)\s* (?P<right>:\w+) )
        \s*(?: AND\b | $ )""",
    re.IGNORECASE | re.VERBOSE,
)


def fast_query() -> None:
    """Parse a key condition once for each request instead of once for each item."""
    query, evaluate = dynamodb._query, dynamodb._evaluate_condition
    current: contextvars.ContextVar[tuple[Any, Test] | None] = contextvars.ContextVar("key_condition", default=None)

    def run_compiled(data: dict[str, Any]) -> Any:
        token = current.set(_compile(data))
        try:
            return query(data)
        finally:
            current.reset(token)

    def evaluate_compiled(expression: str, item: Any, values: Any, names: Any, slot: str = "ConditionExpression") -> Any:
        compiled = current.get()
        if compiled and slot == "KeyConditionExpression" and values is compiled[0]:
            return compiled[1](item)
        return evaluate(expression, item, values, names, slot=slot)

    tokenize_once = functools.lru_cache(4096)(lambda expression, original=dynamodb._tokenize: tuple(original(expression)))
    dynamodb._query, dynamodb._evaluate_condition = run_compiled, evaluate_compiled
    dynamodb._condition_syntax_error = functools.lru_cache(4096)(dynamodb._condition_syntax_error)
    dynamodb._tokenize = lambda expression: list(tokenize_once(expression))


def _compile(data: dict[str, Any]) -> tuple[Any, Test] | None:
    """The key condition as a predicate, and its values; None for unusual conditions, which MiniStack evaluates itself."""
    try:
        values, names = data["ExpressionAttributeValues"], data.get("ExpressionAttributeNames") or {}
        tests = _tests(data["KeyConditionExpression"], values, names)
    except (KeyError, ValueError, TypeError, ArithmeticError):
        return None
    return values, lambda item: all(test(item) for test in tests)


def _tests(expression: str, values: Mapping[str, Any], names: Mapping[str, str]) -> list[Test]:
    tests: list[Test] = []
    at = 0
    while at < len(expression):
        clause = _CLAUSE.match(expression, at)
        if clause is None:
            raise ValueError(expression)
        at, part = clause.end(), clause.groupdict()
        name = part["whole"] or part["within"] or part["left"]
        tests.append(functools.partial(_holds, names.get(name, name), _comparison(part, values)))
    return tests


def _comparison(part: Mapping[str, str], values: Mapping[str, Any]) -> Callable[[Any], bool]:
    if part["whole"]:
        start = _value(values[part["start"]])
        return lambda given: bool(given.startswith(start))
    if part["within"]:
        low, high = _value(values[part["low"]]), _value(values[part["high"]])
        return lambda given: bool(low <= given <= high)
    compare, right = _SIGNS[part["sign"]], _value(values[part["right"]])
    return lambda given: compare(given, right)


def _holds(name: str, comparison: Callable[[Any], bool], item: Mapping[str, Any]) -> bool:
    return name in item and comparison(_value(item[name]))


def _value(typed: Mapping[str, str]) -> Any:
    ((kind, raw),) = typed.items()
    return _VALUES[kind](raw)


def apply() -> None:
    fast_query()
