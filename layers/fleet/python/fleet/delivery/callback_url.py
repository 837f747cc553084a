"""URLs that somebody wants to be called at.

One function takes a URL apart, and what it finds is what is called: nothing else reads the URL again and may understand it otherwise. So it
is narrow: ASCII without white space and backslashes, no user information, a host that is a name in letters, digits and hyphens or a literal
address in its usual spelling.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from fleet.delivery.ip_addresses import is_public
from fleet.errors import Invalid, Place, Problem

SCHEMES = ("http", "https")
LONGEST = 1024
"""Characters that a URL may have."""
_PORTS = {"http": 80, "https": 443}
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<host>[A-Za-z0-9._-]+))"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?:#.*)?"
)
_PRINTABLE = re.compile(r"[!-\[\]-~]+")
"""ASCII without white space, control characters and the backslash, which some take for a slash."""
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
"""A last label that is a number makes the whole host one, in spellings that not all read alike (`0177.1`, `0x7f000001`, `2130706433`)."""


@dataclass(frozen=True)
class CallbackUrl:
    """`host` is in lower case, an IPv6 address without brackets; `literal` says that it is an address. `target` is path and query."""

    scheme: str
    host: str
    port: int
    target: str
    literal: bool

    @classmethod
    def parse(cls, text: str, schemes: Collection[str] = SCHEMES) -> CallbackUrl:
        """Take a URL apart. ValueError, whose text is a rule in words, for one that cannot be called."""
        if len(text) > LONGEST:
            raise ValueError(f"must have at most {LONGEST} characters")
        found = _URL.fullmatch(text) if _PRINTABLE.fullmatch(text) else None
        scheme = found["scheme"].lower() if found else ""
        if found is None or scheme not in schemes:
            raise ValueError(f"must be an absolute URL with {' or '.join(schemes)}, without user information")
        port = int(found["port"] or _PORTS[scheme])
        if not 1 <= port <= 65535:
            raise ValueError("must have a port of 1 to 65535")
        host, literal = _six(found["six"]) if found["six"] else _host(found["host"].lower())
        return cls(scheme, host, port, (found["path"] or "/") + (found["query"] or ""), literal)

    @property
    def authority(self) -> str:
        """What the Host header says: the host, and the port unless it is the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def check_url(url: str, schemes: Collection[str] = SCHEMES, place: Place = ("callbackUrl",)) -> None:
    """Invalid at `place` for a URL that is refused whatever its name resolves to. Names are judged when something is sent."""
    try:
        parsed = CallbackUrl.parse(url, schemes)
        if parsed.literal and not is_public(parsed.host):
            raise ValueError("must not be the address of a private or special network: name a host, which has to be public or allowed here")
    except ValueError as error:
        raise Invalid(Problem(place, str(error))) from None


def _six(text: str) -> tuple[str, bool]:
    try:
        return str(IPv6Address(text)), True
    except AddressValueError:
        raise ValueError("must have a host that is a name or an address") from None


def _host(text: str) -> tuple[str, bool]:
    """A name, or an IPv4 address of four decimal numbers."""
    labels = text.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        try:
            return str(IPv4Address(text)), True
        except AddressValueError:
            raise ValueError("must spell an IPv4 address as four decimal numbers") from None
    if len(text) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise ValueError("must have a host that is a name or an address, without a dot at its end")
    return text, False
