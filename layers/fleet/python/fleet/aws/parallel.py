"""Requests that do not wait for each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

from fleet.aws import clients

A = TypeVar("A")
B = TypeVar("B")


def at_once(function: Callable[[A], B], inputs: Iterable[A]) -> Iterator[B]:
    """What a function, which asks DynamoDB, returns for each of the inputs, in their order. As many calls of it are under way as a
    client has connections, each in a copy of the caller's context.

    What a call raises is raised at its place. Who stops in between waits for no more than the calls that are under way.
    """
    clients.dynamodb()  # before there are threads: a client may be used in several of them, but not made
    pool = ThreadPoolExecutor(clients.CONNECTIONS)
    try:
        calls = [pool.submit(copy_context().run, function, each) for each in inputs]
        yield from (call.result() for call in calls)
    finally:
        pool.shutdown(cancel_futures=True)
