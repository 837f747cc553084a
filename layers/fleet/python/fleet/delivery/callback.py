"""A callback on its way: what is posted where, as it is in the queue."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from fleet.delivery.links import Files
from fleet.values import Value


class Callback(Value):
    """A document to be posted to a URL that somebody named, `tries` times at most.

    `id` is that of this delivery, the same in each try. URL and body may hold secrets of whoever gets them: neither is told to anybody
    else. `schemes` are those that the URL may have; `allow` are the only hosts that may be called, or None. `files` are linked to in the
    body, below the URL `base`: links are secrets, and made only when it is posted.
    """

    model_config = ConfigDict(hide_input_in_errors=True)

    id: str
    organization: str
    url: str
    body: dict[str, Any]
    schemes: tuple[Literal["http", "https"], ...] = ("http", "https")
    tries: int = Field(3, ge=1, le=5)
    """At most as many as the queue delivers before it puts the message into its dead letters."""
    allow: tuple[str, ...] | None = None
    base: str = ""
    files: Files = ()
