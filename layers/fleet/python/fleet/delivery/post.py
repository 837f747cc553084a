"""One POST to a host that somebody named: never to a private address, and to no other address than the one that was judged.

The name is resolved once. The connection is made to an address of that answer, while TLS and the Host header go by the name. Redirects are
not followed, proxies of the environment are not used, and what is answered is thrown away but for its status.

The standard library, because time-outs of urllib3 are for each read: who sends a byte every nine seconds would hold it for hours. Here a
timer ends the connection.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Timer

from fleet.delivery.callback_url import CallbackUrl
from fleet.delivery.ip_addresses import is_public

CONNECT, WHOLE = 5.0, 10.0
"""Seconds for a connection to each address, and for everything after the name is resolved."""
_READ = 4096
"""Bytes that are read of an answer's body, so that who answers shortly can finish."""


class Undelivered(Exception):
    """A POST was not made, or not answered with 2xx. The text says why, without a word of the URL or of what was answered."""


@dataclass(frozen=True)
class Network:
    """How names become addresses, in their order of preference, and how a connection to an address and port is made (seconds at most)."""

    resolve: Callable[[str, int], Sequence[str]]
    connect: Callable[[str, int, float], socket.socket]


def _resolve(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _connect(address: str, port: int, patience: float) -> socket.socket:
    """A connection to a literal address. Nothing is resolved here."""
    made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.settimeout(patience)
        made.connect((address, port))
    except OSError:
        made.close()
        raise
    return made


INTERNET = Network(_resolve, _connect)


def post(
    url: CallbackUrl,
    body: bytes,
    headers: Mapping[str, str],
    private: Collection[str] = (),
    network: Network = INTERNET,
    patience: float = WHOLE,
) -> None:
    """Post to a URL; Undelivered unless the answer is 2xx. The host may have private addresses if its name is in `private`."""
    addresses = _addresses(url, private, network)
    end = time.monotonic() + patience
    with _connection(addresses, url.port, network, end) as raw, _ended_at(end, raw):
        try:
            status = _status(url, _secured(url, raw), body, headers)
        except ssl.SSLCertVerificationError:
            raise Undelivered("the certificate is not that of the host") from None
        except (OSError, HTTPException, ValueError):
            raise Undelivered("no answer") from None
    if not 200 <= status < 300:
        raise Undelivered(f"status {status}")


def _addresses(url: CallbackUrl, private: Collection[str], network: Network) -> Sequence[str]:
    """What the host resolves to. All of it has to be public: a name that has a private address too is none to send to."""
    try:
        found = [url.host] if url.literal else network.resolve(url.host, url.port)
    except (OSError, UnicodeError):
        raise Undelivered("the host is unknown") from None
    if url.host not in private and not all(map(is_public, found)):
        raise Undelivered("the host is private")
    return found


@contextmanager
def _connection(addresses: Sequence[str], port: int, network: Network, end: float) -> Iterator[socket.socket]:
    """A connection to the first of these addresses that takes one."""
    for address in addresses:
        left = end - time.monotonic()
        if left > 0:
            with suppress(OSError):
                made = network.connect(address, port, min(CONNECT, left))
                break
    else:
        raise Undelivered("no connection")
    made.settimeout(max(0.1, end - time.monotonic()))
    try:
        yield made
    finally:
        made.close()


@contextmanager
def _ended_at(end: float, raw: socket.socket) -> Iterator[None]:
    """Shut a connection down when its time is over, whatever waits for it then: a header, a body."""
    with raw.dup() as same:  # TLS takes the socket over, and shutting down any copy ends the connection
        timer = Timer(max(0.0, end - time.monotonic()), _shut, [same])
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


def _secured(url: CallbackUrl, raw: socket.socket) -> socket.socket:
    """The connection, with TLS and a certificate for the host where the URL wants that."""
    return ssl.create_default_context().wrap_socket(raw, server_hostname=url.host) if url.scheme == "https" else raw


def _status(url: CallbackUrl, connected: socket.socket, body: bytes, headers: Mapping[str, str]) -> int:
    """Send the request on a connection, and read the status of the answer."""
    connection = HTTPConnection(url.host, url.port)
    connection.sock = connected
    try:
        connection.putrequest("POST", url.target, skip_host=True, skip_accept_encoding=True)
        for name, value in {"Host": url.authority, **headers, "Content-Length": str(len(body)), "Connection": "close"}.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        with suppress(OSError, HTTPException):
            answer.read(_READ)
        return answer.status
    finally:
        connection.close()
