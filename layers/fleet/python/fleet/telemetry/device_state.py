"""What devices say of themselves by attribute: values of any type, each with its time."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from fleet.registry.device import DataType
from fleet.times import unix_ms

Scalar = str | float | bool
LONGEST = 32 * 1024
"""Bytes that a text may have, as JSON in UTF-8."""
_TYPES: Mapping[DataType, type | tuple[type, ...]] = {"string": str, "number": (int, float), "gps": str, "boolean": bool, "blob": str}


@dataclass(frozen=True)
class StateValue:
    """The value that an attribute had at a time (Unix ms)."""

    value: Scalar
    at: int


@dataclass(frozen=True)
class StateReport:
    """The values of some attributes at one time (Unix ms). `arrival` decides between two reports of one attribute and time: the later one
    counts. It is the Unix ms of receipt with seven more digits for the order of what came in that (`arrival`), the same when a
    report comes again. `version` is that of the device whose attributes are meant by the names.
    """

    at: int
    arrival: int
    values: Mapping[str, Scalar]
    version: int


def arrival(received: datetime, order: int) -> int:
    """The place in the order of arrival of what was received at this time; what has a greater `order` (below 10,000,000) came later."""
    return unix_ms(received) * 10**7 + order


def fits(value: object, data_type: DataType) -> bool:
    """Whether an attribute of this type may have such a value: texts for positions and blobs, finite numbers, no number for a boolean."""
    if not isinstance(value, _TYPES[data_type]) or (isinstance(value, bool) and data_type != "boolean"):
        return False
    return not isinstance(value, float) or math.isfinite(value)


def as_text(value: Scalar) -> str:
    """A value as it is stored: JSON."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def is_too_long(value: Scalar) -> bool:
    """Whether a value has more than LONGEST bytes."""
    return len(as_text(value).encode()) > LONGEST
