"""Optimistic concurrency: decide by what is stored, write on condition that it is still so, else read it again and decide anew."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TypeVar

from fleet.access import Reach
from fleet.aws.backoff import REAL, Clock, attempts, within_budget
from fleet.aws.reads import Read, fetch
from fleet.aws.writes import Refused
from fleet.errors import FleetError, Stale

S = TypeVar("S")
R = TypeVar("R")


def retrying(
    reach: Reach,
    read: Read[S],
    decide: Callable[[S], R],
    *,
    first: S | None = None,
    on: Collection[str] | None = None,
    busy: FleetError | None = None,
    clock: Clock = REAL,
) -> R:
    """What `decide` returns. It gets the state that `read` gives, and does its transaction; when that is Refused, it gets the state anew.

    `first` is the state where it has been read already. With `on`, only a refusal by one of these conditions is worth another
    attempt: any other one is raised. `busy` is raised when no attempt gets through; by default Stale. What `decide` itself
    attempts shares the deadline of this loop (`fleet.aws.backoff`).
    """
    with within_budget(clock):
        state = fetch(reach, read) if first is None else first
        for number in attempts():
            if number:
                state = fetch(reach, read)
            try:
                return decide(state)
            except Refused as refused:
                if on is not None and refused.failed.isdisjoint(on):
                    raise
    raise busy or Stale()
