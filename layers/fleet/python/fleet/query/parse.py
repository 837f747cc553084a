"""Parse an advanced device query into a selection. The whole document is judged at once, and every problem has its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from fleet.errors import Invalid, Place, Problem
from fleet.query.fields import IDS, INSTANTS, OF_CONNECTIONS, SEVERAL_IDS, SEVERAL_TEXTS, TEXTS
from fleet.query.generic_condition import instant_rules, text_rules
from fleet.query.id_condition import id_rule
from fleet.query.node import Node, Reading
from fleet.query.rules import on_value, on_values, together
from fleet.query.selection import Query, Test, all_of, any_of, complement
from fleet.query.tag_condition import tag_test

DEEPEST = 20
"""Arrays of queries that may be inside each other."""
_PLACE: Place = ("query",)
_OF_TAGS = '{"tags": {"$tagKey": …, "$tagValue": …}}'


def parse(document: object, place: Place = _PLACE) -> Query:
    """The query that a JSON document means. Invalid names all problems, `place` being where the document itself is."""
    reading = Reading()
    test = _query(Node(document, place, reading), 0)
    reading.check()
    return Query(test, reading.needs_connections, document if isinstance(document, dict) else {}, place=place)


def parse_text(text: str, place: Place = _PLACE) -> Query:
    """The query that a JSON text means; of members of one name, the last counts. Invalid as `parse`, or when it is not JSON."""
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Invalid(Problem(place, kind="json")) from None
    return parse(document, place)


def _refuse_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _query(node: Node, level: int) -> Test:
    return all_of([_member(name, member, level) for name, member in node.members(_MEMBERS, _hint)])


def _hint(name: str) -> str:
    return _OF_TAGS if name.startswith("tags.") else ""


def _member(name: str, node: Node, level: int) -> Test:
    if name in _LOGIC:
        return _LOGIC[name](_queries(node, level + 1))
    node.reading.needs_connections |= name in OF_CONNECTIONS
    return _condition(name, node)


def _queries(node: Node, level: int) -> list[Test]:
    if level > DEEPEST:
        node.refuse(f"is nested too deep: at most {DEEPEST} levels are read")
        return []
    return [_query(entry, level) for entry in node.entries()]


def _condition(name: str, node: Node) -> Test:
    if name in IDS:
        return on_value(id_rule(node), IDS[name])
    if name in SEVERAL_IDS:
        return on_values(id_rule(node), SEVERAL_IDS[name])
    if name in TEXTS:
        return all_of([on_value(rule, TEXTS[name]) for rule in text_rules(node)])
    if name in SEVERAL_TEXTS:
        return all_of([on_values(rule, SEVERAL_TEXTS[name]) for rule in together(text_rules(node))])
    if name in INSTANTS:
        return all_of([on_value(rule, INSTANTS[name]) for rule in instant_rules(node)])
    return tag_test(node)


def _either(tests: Sequence[Test]) -> Test:
    """One of them; of none, everything."""
    return any_of(tests) if tests else all_of(tests)


def _neither(tests: Sequence[Test]) -> Test:
    """None of them; of none, nothing."""
    return complement(_either(tests))


_LOGIC: dict[str, Callable[[Sequence[Test]], Test]] = {"$and": all_of, "$or": _either, "$nor": _neither}
_MEMBERS = frozenset({*_LOGIC, *IDS, *SEVERAL_IDS, *TEXTS, *SEVERAL_TEXTS, *INSTANTS, "tags"})
