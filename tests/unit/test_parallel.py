"""Requests that are under way at the same time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextvars import ContextVar
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from fleet.aws import clients, series_rows
from fleet.aws.parallel import at_once

PATIENCE = 10
pytestmark = pytest.mark.usefixtures("cloud")


def test_as_many_are_under_way_as_there_are_connections_and_results_come_in_order() -> None:
    together = threading.Barrier(clients.CONNECTIONS)

    def double(number: int) -> int:
        together.wait(PATIENCE)
        return 2 * number

    numbers = range(2 * clients.CONNECTIONS)
    assert list(at_once(double, numbers)) == [2 * number for number in numbers]
    assert list(at_once(double, [])) == []


def test_each_is_done_in_the_context_of_the_caller() -> None:
    deadline = ContextVar("deadline", default=0)
    deadline.set(7)
    assert list(at_once(lambda _: deadline.get(), range(3))) == [7, 7, 7]


def test_an_error_is_raised_in_its_place_and_nothing_more_is_begun() -> None:
    begun, over = list[int](), threading.Event()

    def fail(number: int) -> int:
        begun.append(number)
        if number == 1:
            raise LookupError(number)
        if number:
            over.wait(PATIENCE)
        return number

    results = at_once(fail, range(1000))
    assert next(results) == 0
    threading.Timer(0.05, over.set).start()
    with pytest.raises(LookupError):
        next(results)
    assert len(begun) <= clients.CONNECTIONS + 2


class _Table(BaseHTTPRequestHandler):
    """A table without rows."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "26")
        self.end_headers()
        self.wfile.write(b'{"Items": [], "Count":  0}')

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The connections that clients open to a DynamoDB on loopback."""
    opened: list[str] = []

    class Server(ThreadingHTTPServer):
        def process_request(self, request: Any, client_address: Any) -> None:
            opened.append(client_address)
            super().process_request(request, client_address)

    server = Server(("127.0.0.1", 0), _Table)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_address[1]}")
    clients.forget()
    yield opened
    clients.forget()
    server.shutdown()
    thread.join()
    server.server_close()


def test_connections_are_kept(connections: list[str], caplog: pytest.LogCaptureFixture) -> None:
    """One client serves all threads; none of its connections is thrown away and opened again."""
    for _ in range(2):
        assert list(at_once(lambda number: list(series_rows.read(f"{number}", "a", "z")), range(30))) == [[]] * 30
    assert 1 < len(connections) <= clients.CONNECTIONS
    assert not caplog.messages
