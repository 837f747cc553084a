"""A stand-in for AWS, in a process of its own, that replays recorded responses: matched by a request's content, else by its kind."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from benchmarks.recording import Reply, digest

LOAD = "/_replies"


class Replies:
    """The loaded responses, and the next one of each kind."""

    def __init__(self, replies: Sequence[Reply] = ()) -> None:
        self._exact = {(reply.kind, reply.digest): reply for reply in replies}
        kinds = {reply.kind for reply in replies}
        self._next: dict[str, Iterator[Reply]] = {k: itertools.cycle([r for r in replies if r.kind == k]) for k in kinds}

    def to(self, kind: str, body: bytes) -> Reply:
        """The response to a request. Raises KeyError for an unrecorded kind."""
        return self._exact.get((kind, digest(body))) or next(self._next[kind])


class Handler(BaseHTTPRequestHandler):
    """A handler with persistent connections, as on AWS."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    replies = Replies()

    def do_POST(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        if self.path != LOAD:
            self._answer()
            return
        type(self).replies = Replies(pickle.loads(self._body()))
        self._send(200, {}, b"")

    def _answer(self) -> None:
        body = self._body()
        kind = self.headers.get("X-Amz-Target", "").rpartition(".")[2] or parse_qs(body.decode("latin-1")).get("Action", [self.command])[0]
        reply = self.replies.to(kind, body)
        self._send(reply.status, reply.headers, reply.body)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", "0")))

    def _send(self, status: int, headers: Any, body: bytes) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: it would take most of the time."""


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
