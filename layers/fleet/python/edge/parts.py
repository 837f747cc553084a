"""Parts of one call that do not depend on each other: one that fails keeps none of the others from being done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from edge.observe import count, logger

Part = Callable[[], AbstractContextManager[None]]


@contextmanager
def parts(metric: str) -> Iterator[Part]:
    """Yields a context for each part. What is raised in one is logged and counted (`metric`), and the call goes on behind it.

    At the end all of it is raised, so that the call counts as failed and is repeated.
    """
    failures: list[Exception] = []

    @contextmanager
    def part() -> Iterator[None]:
        try:
            yield
        except Exception as error:
            logger.exception("part failed")
            count(metric)
            failures.append(error)

    yield part
    if failures:
        raise ExceptionGroup("Parts of the call failed", failures)
