"""Speeds up the tables of the AWS in memory, which copies a whole table for every write of a transaction.

With these patches items are immutable: an update replaces an item with a changed copy. So a copy of a table shares its
items, and a snapshot is restored as fast.
"""

from __future__ import annotations

import copy
import functools
from collections import defaultdict, deque
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table


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
    DynamoDBBackend.update_item = update_item  # type: ignore[assignment, method-assign]
    Table.__deepcopy__ = lambda table, _: _twin(table)  # type: ignore[attr-defined]


def shared(items: Any) -> Any:
    """A copy of the partitions that shares the items."""
    return defaultdict(dict, {key: dict(partition) for key, partition in items.items()})


def _twin(table: Any) -> Any:
    twin = copy.copy(table)
    twin.items = shared(table.items)
    if table.stream_shard:
        twin.stream_shard = copy.copy(table.stream_shard)
        twin.stream_shard.table, twin.stream_shard.items = twin, list(table.stream_shard.items)
    return twin


def _quick_values() -> None:
    """Make moto return values of plain types unchanged."""
    from moto.core import serialize

    slow = serialize.JSONSerializer._serialize_type_structure

    def quick(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if (
            shape.name == "AttributeValue"
            and isinstance(value, dict)
            and len(value) == 1
            and not value.keys().isdisjoint(("S", "N", "BOOL", "NULL"))
        ):
            self._default_serialize(serialized, dict(value), shape, key)
        else:
            slow(self, serialized, value, shape, key)

    serialize.JSONSerializer._serialize_type_structure = quick  # type: ignore[method-assign]


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
