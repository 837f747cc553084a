"""The second argument of a Lambda handler, and what becomes of a call that is not over in time."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

_CALL: ContextVar[Context | None] = ContextVar("call", default=None)


class Late(Exception):
    """A request to AWS of a call whose time is over. On Lambda there is no such request: the function has been ended."""


class Context:
    """The context that Lambda passes to a handler with the event. `seconds` is the function's timeout."""

    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:local:000000000000:function:local"

    def __init__(self, name: str, seconds: float) -> None:
        self.function_name, self.aws_request_id = name, str(uuid.uuid4())
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._end - time.monotonic()) * 1000))

    def run(self, handler: Callable[[Any, Any], Any], event: Any) -> Any:
        """Call a handler. Once its time is over it can ask nothing of AWS any more (`refuse_late`), so that nothing is written."""
        token = _CALL.set(self)
        try:
            return handler(event, self)
        finally:
            _CALL.reset(token)


def refuse_late(**_: Any) -> None:
    """Handles botocore's event `request-created`: Late in a call whose time is over."""
    context = _CALL.get()
    if context is not None and not context.get_remaining_time_in_millis():
        raise Late
