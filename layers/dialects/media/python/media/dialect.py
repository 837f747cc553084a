"""Links to files: no credential but the keyed hash in the link itself."""

from __future__ import annotations

from typing import Any

from edge.api import Api
from edge.order import INPUT_FIRST
from edge.words import dotted, plain
from fleet.errors import FleetError, Invalid


def error_body(error: FleetError, status: int) -> dict[str, Any]:
    """The body of every error (media.md 1.2)."""
    problems = "; ".join(f"{dotted(each)} {plain(each)}" for each in (error.details if isinstance(error, Invalid) else ()))
    return {"message": f"{error.message}: {problems}" if problems else error.message}


PRIVATE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
"""The headers of an answer that holds a URL for its caller alone."""
api = Api(name="media", credentials=(), order=INPUT_FIRST, error_body=error_body)
