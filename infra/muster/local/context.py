"""The second argument of a Lambda handler, and what becomes of a call that is not over in time."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import Future, wait
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

    def begin(self, handler: Callable[[Any, Any], Any], event: Any) -> Future[Any]:
        """Call a handler in a thread of its own, which does not keep the process from ending."""
        call = Future[Any]()

        def work() -> None:
            try:
                call.set_result(self.run(handler, event))
            except BaseException as error:
                call.set_exception(error)

        threading.Thread(target=work, name=self.function_name, daemon=True).start()
        return call


def result_in_time(call: Future[Any], seconds: float) -> Any:
    """The result of a call that began just now. RuntimeError when it is not over within the function's timeout in seconds."""
    if call not in wait([call], seconds).done:
        raise RuntimeError(f"timed out after {seconds} seconds")
    return call.result()


def refuse_late(**_: Any) -> None:
    """Handles botocore's event `request-created`: Late in a call whose time is over."""
    context = _CALL.get()
    if context is not None and not context.get_remaining_time_in_millis():
        raise Late
