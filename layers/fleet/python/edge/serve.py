"""Request handling: how anything that goes wrong becomes an answer of the API."""

from __future__ import annotations

from collections.abc import Callable

from edge.answer import Answer
from edge.dialect import Dialect
from edge.observe import count, logger
from fleet.errors import FleetError, Unexpected


def answer_or_error(dialect: Dialect, run: Callable[[], Answer]) -> Answer:
    """What `run` answers, or the error that it raises as this dialect words it."""
    try:
        return run()
    except FleetError as error:
        return dialect.show_error(error)
    except Exception:  # the one place: whatever gets here is a bug
        logger.exception("unexpected")
        count("Unexpected")
        return dialect.show_error(Unexpected())
