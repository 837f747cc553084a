"""Application restrictions: the web origins or source addresses that a key may be used from (wisdm.md 2.4)."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

from edge.request import Request
from fleet.identity.api_key import ApiKey

_PORTS = {"http": 80, "https": 443}
_LABELS = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")


def restriction_allows(key: ApiKey, request: Request) -> bool:
    """Whether the key's application restriction allows this request."""
    if key.restriction == "HTTP_REFERRERS":
        origin = request.headers.get("referer") or request.headers.get("origin") or ""
        return any(referrer_matches(pattern, origin) for pattern in key.referrers)
    if key.restriction == "IP_ADDRESSES":
        return address_matches(key.addresses, request.source)
    return True


def address_matches(allowed: tuple[str, ...], source: str) -> bool:
    """Whether an address is one of these, or in one of these CIDR blocks. An IPv4 address mapped to IPv6 counts as IPv4."""
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return False
    address = getattr(address, "ipv4_mapped", None) or address
    return any(address in ipaddress.ip_network(block, strict=False) for block in allowed)


def referrer_matches(pattern: str, referrer: str) -> bool:
    """Whether a referrer matches `scheme://host[:port][/*]`, in which `*.` at the beginning of the host stands for one or more labels."""
    try:
        allowed, actual = urlsplit(pattern), urlsplit(referrer)
        if (allowed.scheme, _port(allowed)) != (actual.scheme, _port(actual)):
            return False
        return _host_matches(allowed, actual) and _path_matches(allowed, actual)
    except ValueError:
        return False


def _port(url: SplitResult) -> int | None:
    return _PORTS.get(url.scheme) if url.port is None else url.port


def _host_matches(allowed: SplitResult, actual: SplitResult) -> bool:
    host, pattern = actual.hostname or "", allowed.hostname or ""
    if actual.username is not None or not host or not actual.netloc.isascii():
        return False
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and _LABELS.fullmatch(host.removesuffix(pattern[1:])) is not None
    return host == pattern


def _path_matches(allowed: SplitResult, actual: SplitResult) -> bool:
    if not allowed.path:
        return True  # an origin: any page of it
    path = actual.path or "/"
    return path.startswith(allowed.path[:-1]) if allowed.path.endswith("*") else path == allowed.path
