"""Where a key may be used from (wisdm.md 2.4)."""

from __future__ import annotations

from functions.wisdm.version import get
from tests.contract.wisdm.answers import refusal_message
from tests.contract.wisdm.console import Console
from tests.contract.wisdm.tenant import Tenant
from tests.harness.call import SOURCE, call

ADDRESSES = ("198.51.100.7", "203.0.113.0/24", "2001:db8:1::/48", "2001:db8::7")


def for_addresses(tenant: Tenant, *addresses: str) -> str:
    """A key that is restricted to these addresses."""
    return tenant.fleet.key(tenant.organization, restriction="IP_ADDRESSES", addresses=addresses or ADDRESSES)


def for_pages(tenant: Tenant, *patterns: str) -> str:
    """A key that is restricted to these web origins."""
    return tenant.fleet.key(tenant.organization, restriction="HTTP_REFERRERS", referrers=patterns)


def passes(key: str, source: str = SOURCE, **headers: str) -> bool:
    """Whether a key is accepted from there; otherwise it must be refused like one without permission."""
    answer = call(get.handler, key=key, source=source, headers=headers)
    assert answer.status == 200 or refusal_message(answer, 403) == "Action is not allowed"
    return answer.status == 200


INSIDE = (
    "198.51.100.7", "203.0.113.0", "203.0.113.9", "203.0.113.255", "2001:db8:1::1", "2001:db8:1:ffff::", "2001:db8::7",
     "2001:0DB8:0000::0007", "::ffff:198.51.100.7", "::ffff:203.0.113.9", "::ffff:cb00:7109",
)  # fmt: skip
OUTSIDE = (
    "198.51.100.8", "203.0.114.0", "203.0.112.255", "2001:db8:2::1", "2001:db8::8", "::ffff:198.51.100.8", "::198.51.100.7",
     "127.0.0.1", "", "198.51.100", "198.51.100.7, 203.0.113.9", "unix",
)  # fmt: skip
BLOCKS = (
    ("::ffff:198.51.100.0/120", "198.51.100.255", "198.51.101.0"), ("::ffff:198.51.100.7/128", "198.51.100.7", "198.51.100.8"),
     ("2001:db8::/127", "2001:db8::1", "2001:db8::2"), ("198.51.100.0/31", "::ffff:198.51.100.1", "198.51.100.2"),
)  # fmt: skip
"""Address blocks, each with an address inside and one outside."""


def test_an_address_of_the_list_passes_and_no_other(tenant: Tenant) -> None:
    key = for_addresses(tenant)
    assert [source for source in INSIDE if not passes(key, source)] == []
    assert [source for source in OUTSIDE if passes(key, source)] == []


def test_a_key_is_limited_to_the_block_that_it_was_made_with(console: Console) -> None:
    for number, (block, inside, outside) in enumerate(BLOCKS):
        key = console.created_key(name=f"{number}", applicationRestriction={"type": "IP_ADDRESSES", "ipAddresses": [block]})["key"]
        assert (passes(key, inside), passes(key, outside)) == (True, False), block


def test_a_block_may_be_named_by_any_of_its_addresses(tenant: Tenant) -> None:
    assert passes(for_addresses(tenant, "192.0.2.9/24"), "192.0.2.200")


def test_headers_of_the_client_do_not_name_its_address(tenant: Tenant) -> None:
    key = for_addresses(tenant)
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP"):
        assert not passes(key, "192.0.2.1", **{header: "198.51.100.7"}), header


def test_a_forwarded_address_takes_nothing_away(tenant: Tenant) -> None:
    assert passes(for_addresses(tenant), "198.51.100.7", **{"X-Forwarded-For": "192.0.2.1"})


MATCHES = [
    ("https://app.example.com", "https://app.example.com/"),
    ("https://app.example.com", "https://app.example.com"),
    ("https://app.example.com/*", "https://app.example.com/a/b?c=1#d"),
    ("https://app.example.com/*", "https://app.example.com"),
    ("https://app.example.com/*", "HTTPS://APP.Example.COM/a"),
    ("https://App.Example.com/*", "https://app.example.com/a"),
    ("https://app.example.com/*", "https://app.example.com:443/a"),
    ("https://app.example.com:443/*", "https://app.example.com/a"),
    ("http://app.example.com/*", "http://app.example.com:80/a"),
    ("https://app.example.com:8443/*", "https://app.example.com:8443/a"),
    ("https://*.example.com/*", "https://app.example.com/a"),
    ("https://*.example.com/*", "https://one.two.example.com/a"),
    ("https://app.example.com/console/*", "https://app.example.com/console/fleet"),
]
MISSES = [
    ("https://example.com/*", "https://example.com.evil.test/"),
    ("https://example.com/*", "https://evil.test/https://example.com/"),
    ("https://example.com/*", "https://notexample.com/"),
    ("https://example.com/*", "https://app.example.com/"),
    ("https://*.example.com/*", "https://example.com/"),
    ("https://*.example.com/*", "https://evilexample.com/"),
    ("https://*.example.com/*", "https://app.example.com.evil.test/"),
    ("https://app.example.com/*", "http://app.example.com/"),
    ("https://app.example.com/*", "https://app.example.com:8443/"),
    ("https://app.example.com:8443/*", "https://app.example.com/"),
    ("https://app.example.com/*", "https://app.example.com@evil.test/"),
    ("https://app.example.com/*", "https://evil.test@app.example.com/"),
    ("https://app.example.com/*", "https://evil.test\\@app.example.com/"),
    ("https://app.example.com/console/*", "https://app.example.com/other"),
    ("https://app.example.com/*", "app.example.com"),
    ("https://app.example.com/*", "//app.example.com/"),
    ("https://app.example.com/*", "https://app.example.com:x/"),
    ("https://app.example.com/*", "https://[::1/"),
    ("https://*.example.com/*", "https://a..example.com/"),
    ("https://*.example.com/*", "https://.example.com/"),
    ("https://*.example.com/*", "https://evil.test\\.example.com/"),
    ("https://*.example.com/*", "https://evil.test%2f.example.com/"),
    ("https://*.example.com/*", "https://evil.test .example.com/"),
    ("https://kiosk.example.com/*", "https://\u212aiosk.example.com/"),
    ("https://app.example.com/*", "https://app.example.com:0/"),
    ("https://app.example.com/*", "https://ａpp.example.com/"),
    ("https://app.example.com/*", "null"),
    ("https://app.example.com/*", ""),
]


def test_a_referrer_of_the_list_passes_and_no_other(tenant: Tenant) -> None:
    keys = {pattern: for_pages(tenant, pattern) for pattern, _ in (*MATCHES, *MISSES)}
    assert [(pattern, page) for pattern, page in MATCHES if not passes(keys[pattern], Referer=page)] == []
    assert [(pattern, page) for pattern, page in MISSES if passes(keys[pattern], Referer=page)] == []


def test_without_a_referrer_the_origin_counts(tenant: Tenant) -> None:
    assert passes(for_pages(tenant, "https://app.example.com/*"), Origin="https://app.example.com")


def test_the_referrer_counts_before_the_origin(tenant: Tenant) -> None:
    assert not passes(for_pages(tenant, "https://app.example.com/*"), Referer="https://evil.test/", Origin="https://app.example.com")


def test_without_both_it_is_not_allowed(tenant: Tenant) -> None:
    assert not passes(for_pages(tenant, "https://app.example.com/*"))


def test_one_pattern_of_several_is_enough(tenant: Tenant) -> None:
    assert passes(for_pages(tenant, "https://one.example", "https://two.example/*"), Referer="https://two.example/x")


def test_the_list_of_another_kind_does_not_count(tenant: Tenant) -> None:
    assert passes(tenant.fleet.key(tenant.organization, restriction="NONE", addresses=("192.0.2.1",)))
