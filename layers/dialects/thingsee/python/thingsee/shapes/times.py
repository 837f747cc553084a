"""Times in answers (thingsee.md 1.1), with the formats that documents name."""

from __future__ import annotations

from typing import Annotated

from pydantic import WithJsonSchema

UnixTime = Annotated[int, WithJsonSchema({"type": "integer", "format": "unixtime"})]
"""Whole Unix seconds."""
LocalTime = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time-local"})]
"""ISO 8601: UTC, whole seconds, no zone."""
