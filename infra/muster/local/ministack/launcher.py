"""Starts MiniStack with repairs of what 1.5.33 gets wrong for us. It runs in MiniStack's own environment.

Each repair replaces private functions of MiniStack in memory. The product never imports this module.
CHECKPOINT (seconds, with PERSIST_STATE=1) says how often the state is saved: MiniStack itself saves at its end only.
REPAIRS names further modules of repairs beside this one, for those who deploy functions to it.
"""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import base64
import contextvars
import decimal
import functools
import importlib
import operator
import os
import re
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import iam_evaluator, persistence
from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners

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
    """Read a key condition once a request, not once for every item of the partition."""
    query, evaluate = dynamodb._query, dynamodb._evaluate_condition
    current: contextvars.ContextVar[tuple[Any, Test] | None] = contextvars.ContextVar("key_condition", default=None)

    def compiled_query(data: dict[str, Any]) -> Any:
        token = current.set(_compiled(data))
        try:
            return query(data)
        finally:
            current.reset(token)

    def compiled_evaluate(expression: str, item: Any, values: Any, names: Any, slot: str = "ConditionExpression") -> Any:
        compiled = current.get()
        if compiled and slot == "KeyConditionExpression" and values is compiled[0]:
            return compiled[1](item)
        return evaluate(expression, item, values, names, slot=slot)

    tokenized = functools.lru_cache(4096)(lambda expression, original=dynamodb._tokenize: tuple(original(expression)))
    dynamodb._query, dynamodb._evaluate_condition = compiled_query, compiled_evaluate
    dynamodb._condition_syntax_error = functools.lru_cache(4096)(dynamodb._condition_syntax_error)
    dynamodb._tokenize = lambda expression: list(tokenized(expression))


def _compiled(data: dict[str, Any]) -> tuple[Any, Test] | None:
    """The key condition as a test, with the values that it is for; None leaves all that is unusual to MiniStack."""
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


def time_to_live_from_templates() -> None:
    """Heed TimeToLiveSpecification of a table, when it is created and when it is updated."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]

    def heeding(original: Callable[..., Any], properties_at: int) -> Callable[..., Any]:
        def handle(*given: Any) -> Any:
            done = original(*given)
            if wanted := given[properties_at].get("TimeToLiveSpecification"):
                enabled = str(wanted.get("Enabled")).lower() == "true"
                specification = {"AttributeName": wanted.get("AttributeName"), "Enabled": enabled}
                dynamodb._update_ttl({"TableName": done[0], "TimeToLiveSpecification": specification})
            return done

        return handle

    for verb, properties_at in (("create", 1), ("update", 2)):
        if verb in handlers:
            handlers[verb] = heeding(handlers[verb], properties_at)


def streams_survive() -> None:
    """Save the records of table streams with the tables, so that a change is not forgotten before a worker saw it."""
    get, load = dynamodb.get_state, dynamodb.load_persisted_state
    kept = {"muster_stream_records": dynamodb._stream_records, "muster_stream_trimmed": dynamodb._stream_trimmed}

    def get_state() -> dict[str, Any]:
        state: dict[str, Any] = get()
        return state | {name: _copied(scoped) for name, scoped in kept.items()}

    def load_state(data: dict[str, Any]) -> Any:
        for name, scoped in kept.items():
            scoped.update((data or {}).get(name, {}))
        return load(data)

    dynamodb.get_state, dynamodb.load_persisted_state = get_state, load_state


def _copied(scoped: Any) -> Any:
    copy = type(scoped)()
    for (account, region, name), value in scoped.all_items():
        copy.set_scoped(account, region, name, list(value) if isinstance(value, list) else value)
    return copy


def checkpoint() -> None:
    """Save the state now and then, so that a kill -9 costs no more than the last seconds."""
    seconds = float(os.environ.pop("CHECKPOINT", "0"))
    if not seconds:
        return
    original, lock = persistence.save_all, threading.Lock()

    def save_all(services: Mapping[str, Callable[[], Any]]) -> None:
        with lock:
            original({name: functools.partial(_steady, get_state) for name, get_state in services.items()})

    def run() -> None:
        while True:
            time.sleep(seconds)
            save_all(app._build_persistence_save_dict())

    persistence.save_all = app.save_all = save_all
    threading.Thread(target=run, daemon=True, name="checkpoint").start()


def _steady(get_state: Callable[[], Any]) -> Any:
    """A service's state, or None (nothing to save this time) when it never held still while it was copied."""
    for _ in range(20):
        try:
            return get_state()
        except RuntimeError:  # a dictionary changed while it was copied
            time.sleep(0.05)
    return None


def count_as_encrypted() -> None:
    """To a policy's condition, requests came over TLS: the loopback interface needs none, but our templates demand it."""
    resolve = iam_evaluator._resolve_condition_key

    def resolved(key: str, context: Any) -> Any:
        return "true" if key.lower() == "aws:securetransport" else resolve(key, context)

    iam_evaluator._resolve_condition_key = resolved


def end_with_parent() -> None:
    """Stop in good order when whoever started us is gone: our standard input, a pipe that it holds, then ends."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, daemon=True, name="parent").start()


def more_repairs() -> None:
    """Those that only some need."""
    sys.path.append(str(Path(__file__).parent))
    for name in os.environ.pop("REPAIRS", "").split():
        importlib.import_module(name).apply()


if __name__ == "__main__":
    fast_query()
    time_to_live_from_templates()
    streams_survive()
    count_as_encrypted()
    checkpoint()
    more_repairs()
    end_with_parent()
    sys.argv = ["ministack"]
    app.main()
