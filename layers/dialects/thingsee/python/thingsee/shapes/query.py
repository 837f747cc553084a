"""Kinds of query values that several resources have (thingsee.md 1.1 and 3.5). An empty value counts as absent."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from edge.shape import Strict, broken

MOST = 1000
"""Entries that a list shows (thingsee.md 1.6)."""
LATEST = 10**11
"""A Unix second that is later than all there are."""
_INTEGER = re.compile(r"-?[0-9]{1,40}")
_DECIMAL = re.compile(r"[0-9]{1,40}(\.[0-9]{1,40})?")
_MOST_IN_A_LIST = 50


def _integer(given: Any) -> Any:
    return int(given) if isinstance(given, str) and _INTEGER.fullmatch(given) else given


def _seconds(given: Any) -> Any:
    if isinstance(given, str) and not _DECIMAL.fullmatch(given):
        raise ValueError("must be Unix seconds")
    return Decimal(given) if isinstance(given, str) else given


def _integers(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    parts = [part.strip() for part in given.split(",")]
    if len(parts) > _MOST_IN_A_LIST or not all(_INTEGER.fullmatch(part) for part in parts):
        raise ValueError(f"must be at most {_MOST_IN_A_LIST} integers with commas between them")
    return frozenset(int(part) for part in parts)


Integer = Annotated[int, BeforeValidator(_integer)]
"""Decimal digits, maybe with a minus sign."""
Limit = Annotated[Integer, Field(ge=1)]
"""How many entries at most; `capped` says what it means."""
Seconds = Annotated[Decimal, BeforeValidator(_seconds), WithJsonSchema({"type": "number", "minimum": 0})]
"""Unix seconds: decimal digits, maybe with a fraction."""
Integers = Annotated[frozenset[int], BeforeValidator(_integers), WithJsonSchema({"type": "string"})]
"""Integers with commas between them."""


def capped(limit: int | None) -> int:
    """How many entries are asked for: more than 1000 are read as 1000, and none said (or 0) as that many."""
    return min(limit or MOST, MOST)


class Query(Strict):
    """A query. Parameters that it does not know are ignored."""

    @model_validator(mode="before")
    @classmethod
    def _empty_is_absent(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value != ""}


class Span(Query):
    """From one time to another, both included."""

    start: Seconds | None = Field(None, alias="from")
    end: Seconds | None = Field(None, alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start is not None and self.end is not None and self.start > self.end:
            raise broken("from", "must not be later than to")
        return self

    @property
    def first(self) -> int:
        """The first whole Unix second of the span."""
        return min(math.ceil(self.start), LATEST) if self.start is not None else 0

    @property
    def last(self) -> int:
        """The last whole Unix second of the span; before the first when it holds none."""
        return min(math.floor(self.end), LATEST) if self.end is not None else LATEST


class Filter(Span):
    """Which messages: in a span, of these message ids, of these event ids; None is any."""

    messageid: Integers | None = None
    eventid: Integers | None = None
