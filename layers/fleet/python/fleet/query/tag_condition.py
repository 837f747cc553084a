"""Conditions on tags. An entry is one tag of a device; a device may have several of one key."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from fleet.query.node import Node, is_unicode
from fleet.query.selection import Test, all_of, complement

_LONGEST = 255
_KEY, _VALUE = "$tagKey", "$tagValue"
_PAIR = frozenset({_KEY, _VALUE})
_WRAPPERS = frozenset({"$eq", "$ne"})
_LISTS = frozenset({"$in", "$nin"})
_BEGINS_AS_KEY = re.compile("[0-9a-zA-Z_-]")


class Part(NamedTuple):
    """What a key or a value has to be: `text`, where it is one text; else `fits` judges it. `missing`: no entry may fit the other part."""

    fits: Callable[[str], bool]
    text: str | None = None
    missing: bool = False

    @classmethod
    def of(cls, text: str) -> Part:
        return cls(partial(operator.eq, text), text)


ANY = Part(lambda _: True)
"""Any key, or any value."""
_NONE = Part(lambda _: True, missing=True)


def entry(key: Part, value: Part) -> Test:
    """Whether one entry fits both parts; where one part is to be missing, whether no entry fits the other."""
    if key.missing or value.missing:
        return complement(_fitting(key, value))
    return _fitting(key, value)


def _fitting(key: Part, value: Part) -> Test:
    if key.text is not None and value.text is not None:
        pair = [key.text, value.text]
        return lambda row, _: pair in row.tags
    key_fits, value_fits = key.fits, value.fits
    return lambda row, _: any(key_fits(key) and value_fits(value) for key, value in row.tags)


def tag_test(node: Node) -> Test:
    """The test of a condition on tags."""
    given = node.value
    if not (isinstance(given, dict) and given.keys() & _WRAPPERS):
        return _tags(node)
    tests = [complement(_tags(member)) if name == "$ne" else _tags(member) for name, member in node.members(_WRAPPERS)]
    if len(tests) > 1:
        node.refuse("must have one of $eq and $ne")
    return all_of(tests)


def _tags(node: Node) -> Test:
    given = node.value
    if given is None:
        return entry(ANY, _NONE)
    if isinstance(given, dict) and given.keys() & _PAIR:
        parts = {name: _part(member) for name, member in node.members(_PAIR)}
        return entry(parts.get(_KEY, ANY), parts.get(_VALUE, ANY))
    return all_of([entry(Part.of(key), _part(member)) for key, member in node.members(_Keys())])


class _Keys:
    """Whatever begins as a key does: what goes on differently is the key of no tag."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and _BEGINS_AS_KEY.match(name) is not None and is_unicode(name)


def _part(node: Node) -> Part:
    match node.value:
        case None:
            return _NONE
        case str():
            return Part.of(node.text(longest=_LONGEST) or "")
        case dict():
            return _one_of(node)
    node.refuse("must be a string, null, or an object with $in or $nin")
    return ANY


def _one_of(node: Node) -> Part:
    parts = [_listed(name, member) for name, member in node.members(_LISTS)]
    if len(node.value) != 1:
        node.refuse("must have one of $in and $nin")
    return parts[0] if parts else ANY


def _listed(name: str, node: Node) -> Part:
    texts = frozenset(each.text() or "" for each in node.entries())
    return Part(texts.__contains__) if name == "$in" else Part(lambda text: text not in texts)
