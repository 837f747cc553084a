"""Speeds up the tables of the AWS in memory, which copies a whole table for every write of a transaction.

With these patches items are immutable: an update replaces an item with a changed copy. So a copy of a table, and what a query
finds, share the items, and a snapshot is restored as fast.
"""

from __future__ import annotations

import copy
import functools
from collections import defaultdict, deque
from types import SimpleNamespace
from typing import Any

from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models import DynamoDBBackend, table
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table

_LARGEST = 405_000
"""Bytes of the largest item that moto takes."""
_INDEX_NAME = 6
"""Where `Table.query` is given the index's name, after the key."""


def quicken() -> None:
    """Make moto copy only the items that it changes."""
    update = DynamoDBBackend.update_item

    @functools.wraps(update)
    def update_item(backend: Any, table_name: str, key: Any, *given: Any, **more: Any) -> Any:
        table = backend.get_table(table_name)
        hash_key, range_key = backend.get_keys_value(table, key)
        if item := table.get_item(hash_key, range_key):
            table.items[hash_key][range_key] = copy.deepcopy(item)
        return update(backend, table_name, key, *given, **more)

    _quick_values()
    _quick_texts()
    _quick_lookups()
    _quick_items()
    _quick_queries()
    DynamoDBBackend.update_item = update_item  # type: ignore[assignment, method-assign]
    Table.__deepcopy__ = lambda table, _: _twin(table)  # type: ignore[attr-defined]


def shared(items: Any) -> Any:
    """A copy of the partitions that shares the items."""
    return defaultdict(dict, {key: dict(partition) for key, partition in items.items()})


def _twin(table: Any) -> Any:
    twin = _copy(table)
    twin.items = shared(table.items)
    if table.stream_shard:
        twin.stream_shard = _copy(table.stream_shard)
        twin.stream_shard.table, twin.stream_shard.items = twin, list(table.stream_shard.items)
    return twin


def _copy(model: Any) -> Any:
    """A copy that moto does not keep: it lists all that it makes, for ever."""
    made = object.__new__(type(model))
    made.__dict__.update(model.__dict__)
    return made


def _quick_values() -> None:
    """Make moto return plain values unchanged."""
    from moto.core import serialize

    slow = serialize.JSONSerializer._serialize_type_map

    def quick(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        plain = {name: each for name, each in value.items() if shape.value.name == "AttributeValue" and _is_plain(each)}
        slow(self, serialized, {name: each for name, each in value.items() if name not in plain}, shape, key)
        serialized[key] |= plain

    serialize.JSONSerializer._serialize_type_map = quick  # type: ignore[method-assign]


def _is_plain(value: Any) -> bool:
    """Whether a value, of a single type, is JSON as it is: bytes are not."""
    ((kind, held),) = value.items()
    if kind == "M":
        return all(map(_is_plain, held.values()))
    return all(map(_is_plain, held)) if kind == "L" else kind in ("S", "N", "BOOL", "NULL")


def _quick_texts() -> None:
    """Make moto compare strings, and thus keys, directly: it checks their type five times."""
    slow = DynamoType.cast_value.fget  # type: ignore[attr-defined]
    DynamoType.cast_value = property(lambda typed: typed.value if typed.type == "S" else slow(typed))  # type: ignore[assignment, method-assign]


def _quick_lookups() -> None:
    """Make moto cache what depends only on a name or class, and tokenize each condition once."""
    import moto.core.responses
    import moto.sqs.models
    from moto.core.utils import camelcase_to_underscores, method_names_from_class
    from moto.dynamodb.comparisons import ConditionExpressionParser

    responses: Any = moto.core.responses
    queues: Any = moto.sqs.models
    responses.method_names_from_class = functools.cache(method_names_from_class)
    responses.camelcase_to_underscores = queues.camelcase_to_underscores = functools.cache(camelcase_to_underscores)
    slow = ConditionExpressionParser._lex_condition_expression
    words = functools.cache(lambda condition: tuple(slow(ConditionExpressionParser(condition, {}, {}))))
    ConditionExpressionParser._lex_condition_expression = lambda self: deque(words(self.condition_expression))  # type: ignore[method-assign]


def _quick_items() -> None:
    """Make moto add up an item's size once, instead of once for each of its attributes, and not that of a stream's record."""

    def build(item: Any, hash_key: Any, range_key: Any, attrs: dict[str, Any]) -> None:
        item.hash_key, item.range_key, item.attrs = hash_key, range_key, LimitedSizeDict()
        item.attrs.update((name, DynamoType(value)) for name, value in attrs.items())
        if item.size() > _LARGEST:
            raise ItemSizeTooLarge

    Item.__init__ = build  # type: ignore[assignment, method-assign]
    table.dynamo_json_dump = lambda _: ""  # type: ignore[assignment, attr-defined, unused-ignore]


def _quick_queries() -> None:
    """Make moto look for the rows of a partition in that partition alone, and share the items that it finds."""
    slow = Table.query

    @functools.wraps(slow)
    def query(whole: Any, hash_key: Any, *given: Any, **more: Any) -> Any:
        asked = _copy(whole)
        if given[_INDEX_NAME] is None:
            asked.items = {hash_key: whole.items.get(hash_key, {})}
        return slow(asked, hash_key, *given, **more)

    Table.query = query  # type: ignore[assignment, method-assign]
    table.copy = SimpleNamespace(copy=copy.copy, deepcopy=lambda found: found)  # type: ignore[assignment, attr-defined]
