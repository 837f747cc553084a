"""The second argument of a Lambda handler."""

from __future__ import annotations

import time
import uuid


class Context:
    """The context that Lambda passes to a handler with the event."""

    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:local:000000000000:function:local"

    def __init__(self, name: str, seconds: float) -> None:
        self.function_name, self.aws_request_id = name, str(uuid.uuid4())
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._end - time.monotonic()) * 1000))
