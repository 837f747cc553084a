"""Repairs of MiniStack 1.5.33's table streams: retries, bisected batches, partial failures and the failure destination, as on Lambda."""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

import contextvars
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ministack.services import lambda_svc

Run = Callable[[Sequence[Any]], Mapping[str, Any]]
_EXHAUSTED = "RetryAttemptsExhausted"


class Delivery:
    """Delivers one batch to a function by the settings of its event source mapping."""

    def __init__(self, mapping: Mapping[str, Any], function: Any, run: Run) -> None:
        self.mapping, self.function, self.run = mapping, function, run
        self.tries = int(mapping["MaximumRetryAttempts"])

    def deliver(self, records: Sequence[Any], left: int) -> None:
        """Deliver until each record has succeeded or was sent to the failure destination."""
        result = self.run(records)
        rest = records if result.get("error") else self._unfinished_records(records, result.get("body"))
        if not rest:
            return
        if self.mapping.get("BisectBatchOnFunctionError") and len(rest) > 1:
            middle = len(rest) // 2
            self.deliver(rest[:middle], self.tries)
            self.deliver(rest[middle:], self.tries)
        elif left > 0:
            self.deliver(rest, left - 1)
        else:
            lambda_svc._send_ddb_stream_failure_record(
                self.mapping, self.function, rest, self.mapping["EventSourceArn"], result, _EXHAUSTED
            )

    def _unfinished_records(self, records: Sequence[Any], body: Any) -> Sequence[Any]:
        """The records beginning with the first one that the function reports as failed."""
        if "ReportBatchItemFailures" not in (self.mapping.get("FunctionResponseTypes") or []) or not isinstance(body, dict):
            return []
        failed = {one.get("itemIdentifier") for one in body.get("batchItemFailures") or []}
        return next((records[at:] for at, record in enumerate(records) if record["dynamodb"]["SequenceNumber"] in failed), [])


def streams() -> None:
    """Replace the delivery of MiniStack's stream poller."""
    poll, execute = lambda_svc._poll_dynamodb_streams, lambda_svc._execute_function
    polling: contextvars.ContextVar[bool] = contextvars.ContextVar("polling", default=False)

    def poll_streams() -> Any:
        token = polling.set(True)
        try:
            return poll()
        finally:
            polling.reset(token)

    def execute_with_retries(function: Any, event: Any, *given: Any, **named: Any) -> Any:
        mapping = _find_mapping(function, event["Records"][0]["eventSourceARN"]) if polling.get() else None
        if mapping is None or int(mapping.get("MaximumRetryAttempts") or -1) < 0:
            return execute(function, event, *given, **named)
        delivery = Delivery(mapping, function, lambda records: execute(function, {"Records": list(records)}, *given, **named))
        delivery.deliver(event["Records"], delivery.tries)
        return {"body": None}

    lambda_svc._poll_dynamodb_streams, lambda_svc._execute_function = poll_streams, execute_with_retries


def _find_mapping(function: Any, source: str) -> Any:
    name = (function.get("config") or function)["FunctionName"]
    found = (mapping for *_, mapping in lambda_svc._iter_all_esms())
    return next((one for one in found if one.get("EventSourceArn") == source and one["FunctionName"] == name), None)


def apply() -> None:
    streams()
