"""Kinds of query values that several resources have (contract, 1.1 and 3.5). An empty value counts as absent."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from edge.shape import Shape

MOST = 1000
"""Entries that a list shows (T32)."""
_INTEGER = re.compile(r"-?[0-9]{1,40}")
_DECIMAL = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?")
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
"""How many entries at most. More than 1000 are read as 1000."""
Seconds = Annotated[Decimal, BeforeValidator(_seconds)]
"""Unix seconds: decimal digits, maybe with a fraction."""
IntegerList = Annotated[frozenset[int], BeforeValidator(_integers)]


class Query(Shape):
    """A query. Parameters that it does not know are ignored."""

    @model_validator(mode="before")
    @classmethod
    def _empty_is_absent(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value != ""}
