"""Where a key may be used from: web origins or source addresses (wisdm.md 2.4)."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from edge.request import Request
from fleet.identity.api_key import ApiKey

_PORTS = {"http": 80, "https": 443}
_LABELS = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")


def comes_from(key: ApiKey, request: Request) -> bool:
    """Whether the key's application restriction lets this request pass."""
    if key.restriction == "HTTP_REFERRERS":
        origin = request.headers.get("referer") or request.headers.get("origin") or ""
        return any(referrer_matches(pattern, origin) for pattern in key.referrers)
    if key.restriction == "IP_ADDRESSES":
        return address_matches(key.addresses, request.source)
    return True


def address_matches(allowed: tuple[str, ...], source: str) -> bool:
    """Whether an address is one of these, or in one of these blocks; an IPv4 address inside IPv6 counts as IPv4."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in ipaddress.ip_network(block, strict=False) for block in allowed)


def referrer_matches(pattern: str, referrer: str) -> bool:
    """Whether a referrer fits `scheme://host[:port][/*]`, where a host may begin with `*.` for one or more labels."""
    try:
        want, have = urlsplit(pattern), urlsplit(referrer)
        return want.scheme == have.scheme and _port(want) == _port(have) and _host_fits(want, have) and _path_fits(want, have)
    except ValueError:
        return False


def _port(url: SplitResult) -> int | None:
    return _PORTS.get(url.scheme) if url.port is None else url.port


def _host_fits(want: SplitResult, have: SplitResult) -> bool:
    host, pattern = have.hostname or "", want.hostname or ""
    if have.username is not None or not host or not have.netloc.isascii():
        return False
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and _LABELS.fullmatch(host.removesuffix(pattern[1:])) is not None
    return host == pattern


def _path_fits(want: SplitResult, have: SplitResult) -> bool:
    if not want.path:
        return True  # an origin, whatever the page
    path = have.path or "/"
    return path.startswith(want.path[:-1]) if want.path.endswith("*") else path == want.path
