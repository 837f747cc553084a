"""Injects faults between the functions and AWS where botocore sends, so that product code and botocore's retries are real."""

from __future__ import annotations

import io
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError
from moto.core.models import botocore_stubber

from fleet.aws import clients
from fleet.aws.backoff import ATTEMPTS

Fault = Literal["throttled", "server error", "no connection", "lost answer", "failed answer", "conflict", "throttled item"]
FAULTS: tuple[Fault, ...] = get_args(Fault)
DONE: tuple[Fault, ...] = ("lost answer", "failed answer")
"""Faults after the operation: AWS has carried it out, and the caller gets no answer or a 500."""
_TRANSACTIONS = ("dynamodb.TransactWriteItems", "dynamodb.TransactGetItems")
REFUSED: Mapping[Fault, Collection[str]] = {
    "conflict": (*_TRANSACTIONS, "dynamodb.PutItem", "dynamodb.UpdateItem", "dynamodb.DeleteItem"),
    "throttled item": (*_TRANSACTIONS, "dynamodb.BatchGetItem"),
}
"""Refusals that DynamoDB gives for an item of a request and the SDK does not repeat, and the calls that may get them."""
_TYPES = "com.amazonaws.dynamodb.v20120810#"
_ATTEMPTS = 3
"""Attempts of the product's clients for each request."""


@dataclass(frozen=True)
class PlannedFault:
    """A fault for one call: for its first attempt, or (`lasting`) for every attempt of the client, and of the product where the client
    makes one.
    """

    fault: Fault
    lasting: bool


@dataclass
class Injector:
    """Faults for the calls that a plan names, counted from 0 over all clients while the injector is open.

    Transactions are idempotent by client token, as on DynamoDB; the AWS in memory ignores tokens.
    """

    plan: Mapping[int, PlannedFault]
    calls: list[str] = field(default_factory=list)
    """The calls in order: `service.Operation`."""
    hit: int = 0
    """Attempts that failed because of the plan."""

    def __post_init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._done: set[str] = set()
        self._retry = False
        self._refused: set[int] = set()
        self._refusals = 0
        self._once: Any = clients.dynamodb_in_passing()
        self._clients: list[Any] = [self._once, clients.dynamodb(), clients.kms(), clients.s3(), clients.secretsmanager(), clients.sqs()]
        self._clients.append(clients.sts())

    def __enter__(self) -> Injector:
        for client, service in self._services():
            client.meta.events.unregister("before-send", botocore_stubber)  # every listener is called, which would carry it out again
            client.meta.events.register_first(f"before-send.{service}", self._send)
            if client is not self._once:
                client.meta.events.register_first(f"needs-retry.{service}", self._again)
        return self

    def __exit__(self, *_: object) -> None:
        for client, service in self._services():
            client.meta.events.unregister(f"before-send.{service}", self._send)
            client.meta.events.unregister(f"needs-retry.{service}", self._again)
            client.meta.events.register("before-send", botocore_stubber)

    def _services(self) -> list[tuple[Any, str]]:
        return [(client, client.meta.service_model.service_id.hyphenize()) for client in self._clients]

    def _send(self, event_name: str, request: Any, **more: Any) -> AWSResponse:
        _, service, operation = event_name.split(".")
        call = request.headers["amz-sdk-invocation-id"]
        first = call not in self._numbers
        if first:
            self._numbers[call] = self._number(f"{service}.{operation}")
        planned = self.plan.get(self._numbers[call])
        if planned is not None and planned.fault in REFUSED:
            self._retry = False
            return self._refuse(planned, event_name, request, **more)
        self._retry = planned is not None and (first or planned.lasting)
        if planned is None or not self._retry:
            return self._send_once(event_name, request, **more)
        self.hit += 1
        if planned.fault in DONE:
            self._send_once(event_name, request, **more)
        return _failure(planned.fault, service, request)

    def _number(self, name: str) -> int:
        """The number of a call that begins. One with which the product repeats a call that is refused each time has the number of that."""
        repeats = self._refusals > 0 and self.calls[-1] == name
        self._refusals = self._refusals - 1 if repeats else 0
        if not repeats:
            self.calls.append(name)
        return len(self.calls) - 1

    def _refuse(self, planned: PlannedFault, event_name: str, request: Any, **more: Any) -> AWSResponse:
        if self.calls[-1] not in REFUSED[planned.fault]:
            return self._send_once(event_name, request, **more)
        operation, asked = event_name.rpartition(".")[2], json.loads(request.body)
        if operation == "BatchGetItem" and _left_out(asked) is None:
            return self._send_once(event_name, request, **more)
        self.hit += 1
        if planned.lasting and len(self.calls) not in self._refused:
            self._refused.add(len(self.calls))
            self._refusals = ATTEMPTS - 1
        if operation != "BatchGetItem":
            return _answer(request, 400, json.dumps(_refusal(planned.fault, asked)))
        request.body = json.dumps(_left_out(asked, of=slice(1)))
        done: dict[str, Any] = json.loads(self._send_once(event_name, request, **more).content)
        return _answer(request, 200, json.dumps({**done, "UnprocessedKeys": (_left_out(asked) or {})["RequestItems"]}))

    def _again(self, attempts: int, **_: Any) -> float | None:
        """Retry a failed attempt at once: botocore's own handler would wait."""
        return 0.0 if self._retry and attempts < _ATTEMPTS else None

    def _send_once(self, event_name: str, request: Any, **more: Any) -> AWSResponse:
        token = _token(event_name, request)
        if token in self._done:
            return _answer(request, 200, "{}")
        done: Any = botocore_stubber(event_name, request, **more)
        if token and done.status_code == 200:
            self._done.add(token)
        answered: AWSResponse = done
        return answered


def _token(event_name: str, request: Any) -> str | None:
    if not event_name.endswith("TransactWriteItems"):
        return None
    token: str = json.loads(request.body)["ClientRequestToken"]
    return token


def _refusal(fault: Fault, asked: Mapping[str, Any]) -> dict[str, Any]:
    """DynamoDB's answer to a transaction whose last item is refused, or to a single write that meets a transaction."""
    if "TransactItems" not in asked:
        return {"__type": f"{_TYPES}TransactionConflictException", "message": "Transaction is ongoing for the item"}
    reasons = [{"Code": "None"}] * (len(asked["TransactItems"]) - 1)
    reasons.append({"Code": "TransactionConflict" if fault == "conflict" else "ThrottlingError"})
    return {"__type": f"{_TYPES}TransactionCanceledException", "message": "Transaction cancelled", "CancellationReasons": reasons}


def _left_out(asked: Mapping[str, Any], of: slice = slice(1, None)) -> dict[str, Any] | None:
    """A BatchGetItem of the keys but the first, or of this part of them; None where there is none."""
    ((table, wanted),) = asked["RequestItems"].items()
    return {"RequestItems": {table: {**wanted, "Keys": wanted["Keys"][of]}}} if wanted["Keys"][of] else None


def _failure(fault: Fault, service: str, request: Any) -> AWSResponse:
    if fault == "no connection":
        raise ConnectTimeoutError(endpoint_url=request.url)
    if fault == "lost answer":
        raise ReadTimeoutError(endpoint_url=request.url)
    if service == "s3":
        return _answer(request, 503 if fault == "throttled" else 500, "<Error><Code>InternalError</Code></Error>")
    if service == "sts":
        status, code = (400, "Throttling") if fault == "throttled" else (500, "InternalFailure")
        return _answer(request, status, f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>")
    if fault == "throttled":
        code = "ProvisionedThroughputExceededException" if service == "dynamodb" else "ThrottlingException"
        return _answer(request, 400, json.dumps({"__type": code, "message": "Rate exceeded"}))
    return _answer(request, 500, json.dumps({"__type": "InternalServerError", "message": "Internal server error"}))


class _Raw(io.BytesIO):
    """A response body in the form that botocore reads."""

    def stream(self, **_: Any) -> Any:
        yield self.read()


def _answer(request: Any, status: int, body: str) -> AWSResponse:
    headers = HTTPHeaders.from_dict({"Content-Type": "application/xml" if body.startswith("<") else "application/x-amz-json-1.0"})
    return AWSResponse(request.url, status, headers, _Raw(body.encode() if request.method != "HEAD" else b""))
