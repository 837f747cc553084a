"""A web server on loopback that receives what Muster posts, and a network in which names and addresses lead where a test says."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fleet.delivery.post import INTERNET, Network


@dataclass(frozen=True)
class Post:
    """A request that a receiver got: its line, its headers by lower-case name, its body."""

    line: str
    headers: Mapping[str, str]
    body: bytes


def status(code: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer with this status and these headers, and an empty body."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in {"Content-Length": "0", **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()

    return answer


@dataclass
class Receiver:
    """A server on 127.0.0.1. `answer` writes its answers; by default 200 and nothing else."""

    port: int = 0
    posts: list[Post] = field(default_factory=list)
    answer: Callable[[BaseHTTPRequestHandler], None] = field(default_factory=lambda: status(200))


@contextmanager
def receiving(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that is there until the end of the block; with TLS where a context is given."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.posts.append(Post(self.requestline, {name.lower(): value for name, value in self.headers.items()}, body))
            receiver.answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """A client that goes away, or wants another certificate, is no error here."""

        def finish_request(self, request: Any, client_address: Any) -> None:
            with tls.wrap_socket(request, server_side=True) if tls else request as connection:
                super().finish_request(connection, client_address)

    server = Server(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class ScriptedNetwork:
    """Names resolve to the next of their answers, and every address leads to a port on loopback, or nowhere.

    `resolved` and `connected` are what was asked for, in order.
    """

    names: dict[str, list[Sequence[str]]]
    port: int | None = None
    resolved: list[str] = field(default_factory=list)
    connected: list[str] = field(default_factory=list)

    @property
    def network(self) -> Network:
        return Network(self._resolve, self._connect)

    def _resolve(self, host: str, port: int) -> Sequence[str]:
        self.resolved.append(host)
        if not self.names.get(host):
            raise socket.gaierror
        return self.names[host].pop(0)

    def _connect(self, address: str, port: int, patience: float) -> socket.socket:
        self.connected.append(address)
        if self.port is None:
            raise ConnectionRefusedError
        return INTERNET.connect("127.0.0.1", self.port, patience)
