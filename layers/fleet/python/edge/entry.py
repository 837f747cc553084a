"""Request handling: the one-route Chalice app that is a route's Lambda entry point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalice.app import Chalice, Response

from edge.answer import SECURE, Answer, pack
from edge.checks import Checks, RoutePlan, takes
from edge.dialect import Credential, Dialect
from edge.observe import count, flush, logger
from edge.paths import renamed
from edge.request import Request
from edge.route import Route, View
from edge.serve import answer_or_error
from edge.sizes import fits
from edge.start import collect_garbage_rarely
from fleet.errors import Invalid, Problem


class Entry:
    """A Lambda entry point: one Chalice app with one route."""

    def __init__(self, dialect: Dialect, route: Route, credentials: Sequence[Credential], view: View) -> None:
        collect_garbage_rarely()
        self.dialect, self.route, self.credentials, self.view = dialect, route, credentials, view
        self._plan, self._takes = RoutePlan(dialect, route, credentials), takes(view)
        self.app = Chalice(app_name=dialect.name, configure_logs=False)
        self.app.api.binary_types = []  # bytes are packed by edge.answer
        self._resources = route.resources
        for resource in self._resources:
            self.app.route(resource, methods=self.methods, content_types=[])(self._serve)

    @property
    def methods(self) -> list[str]:
        """The methods that it answers: its route's, and HEAD with GET where the dialect has it."""
        return ["GET", "HEAD"] if self.route.method == "GET" and self.dialect.head else [self.route.method]

    def copy(self, route: Route | None = None) -> Entry:
        """Another entry for the same route, as an app serves one request at a time, or for a changed one."""
        return Entry(self.dialect, route or self.route, self.credentials, self.view)

    def __call__(self, event: Any, context: Any) -> Any:
        logger.set_correlation_id(event["requestContext"].get("requestId"))
        response = self.app(renamed(event, self._resources), context)
        packed = pack(response, event)
        if not fits(packed):
            packed = pack(self._too_large(event), event)
        flush()
        return packed

    def _serve(self, **values: str) -> Response:
        sent: Any = self.app.current_request
        request = Request.from_event(sent.to_original_event(), sent.raw_body)
        caller: dict[str, str] = {}
        answer = answer_or_error(self.dialect, lambda: self.dialect.show(self._run(request, caller), self.route))
        answer = answer.with_headers(self._headers(request.id, answer))
        logger.info(self.route.name, extra={"status": answer.status, **caller})
        return Response(answer.body, {**answer.all_headers()}, answer.status)

    def _too_large(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """The error in place of an answer that Lambda would not carry: it names what makes the answer smaller."""
        count("AnswerTooLarge")
        query = self.route.shapes.get("query")
        names = {field.alias or name for name, field in query.model_fields.items()} if query else set()
        lower = self.dialect.page_size if self.dialect.page_size in names else None
        problem = Problem((lower,), "must be lower") if lower else Problem(("Accept-Encoding",), "must be gzip")
        answer = self.dialect.show_error(Invalid(problem, message="The answer would have more than 6 MB"))
        return answer.with_headers(self._headers(event["requestContext"].get("requestId", ""), answer)).to_response()

    def _headers(self, id: str, answer: Answer) -> dict[str, str]:
        """The headers of every answer of the route to the request with this id."""
        return {"X-Request-Id": id, **SECURE, **self.dialect.headers, **self.route.headers, **answer.headers}

    def _run(self, request: Request, caller: dict[str, str]) -> Any:
        checks = Checks(self._plan, request)
        try:
            arguments = checks.run()
        finally:
            caller.update(checks.caller)
        return self.view(**{name: arguments[name] for name in self._takes})
