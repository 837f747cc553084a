"""Types of query parameters that several resources use (thingsee.md 1.1 and 3.5). An empty value counts as absent."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from edge.shape import Strict, broken

MOST = 1000
"""The most entries of a list (thingsee.md 1.6)."""
LATEST = 10**11
"""Unix seconds: later than any stored time."""
_INTEGER = re.compile(r"-?[0-9]{1,40}")
_DECIMAL = re.compile(r"[0-9]{1,40}(\.[0-9]{1,40})?")
_MOST_INTEGERS = 50


def _parse_integer(value: Any) -> Any:
    return int(value) if isinstance(value, str) and _INTEGER.fullmatch(value) else value


def _parse_seconds(value: Any) -> Any:
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        raise ValueError("must be Unix seconds")
    return Decimal(value) if isinstance(value, str) else value


def _parse_integers(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    parts = [part.strip() for part in value.split(",")]
    if len(parts) > _MOST_INTEGERS or not all(_INTEGER.fullmatch(part) for part in parts):
        raise ValueError(f"must be at most {_MOST_INTEGERS} integers with commas between them")
    return frozenset(int(part) for part in parts)


Integer = Annotated[int, BeforeValidator(_parse_integer)]
"""Decimal digits, optionally with a minus sign."""
Limit = Annotated[Integer, Field(ge=1)]
"""The most entries of a list; `cap` applies it."""
Seconds = Annotated[Decimal, BeforeValidator(_parse_seconds), WithJsonSchema({"type": "number", "minimum": 0, "format": "unixtime"})]
"""Unix seconds: decimal digits, optionally with a fraction."""
Integers = Annotated[frozenset[int], BeforeValidator(_parse_integers), WithJsonSchema({"type": "string"})]
"""Integers, separated by commas."""


def cap(limit: int | None) -> int:
    """The most entries of a list with this limit: at most 1000, which is also what no limit and a limit of 0 mean."""
    return min(limit or MOST, MOST)


class Query(Strict):
    """A query. Parameters that it does not know are ignored."""

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: Any) -> Any:
        return {name: value for name, value in values.items() if value != ""}


class Span(Query):
    """From one time to another, both included."""

    start: Seconds | None = Field(None, alias="from")
    end: Seconds | None = Field(None, alias="to")

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.start is not None and self.end is not None and self.start > self.end:
            raise broken("from", "must not be later than to")
        return self

    @property
    def first(self) -> int:
        """The first whole Unix second of the span; 0 without a start."""
        return min(math.ceil(self.start), LATEST) if self.start is not None else 0

    @property
    def last(self) -> int:
        """The last whole Unix second of the span; before `first` when no whole second is in it."""
        return min(math.floor(self.end), LATEST) if self.end is not None else LATEST


class Filter(Span):
    """A filter of messages: by span of time, message ids and event ids; None matches any."""

    messageid: Integers | None = None
    eventid: Integers | None = None
