"""Where a key may be used from (contract, 2.4)."""

from __future__ import annotations

import pytest

from functions.wisdm.version import get
from tests.contract.wisdm.office import Office
from tests.contract.wisdm.tenant import Tenant, refused
from tests.harness.call import Answered, call

ADDRESSES = ("198.51.100.7", "203.0.113.0/24", "2001:db8:1::/48", "2001:db8::7")


def from_address(standing: Tenant, source: str, *addresses: str, **headers: str) -> Answered:
    key = standing.fleet.key(standing.fleet.organization(), restriction="IP_ADDRESSES", addresses=addresses or ADDRESSES)
    return call(get.handler, key=key, source=source, headers=headers)


def from_page(standing: Tenant, pattern: str, **headers: str) -> Answered:
    key = standing.fleet.key(standing.fleet.organization(), restriction="HTTP_REFERRERS", referrers=(pattern,))
    return call(get.handler, key=key, headers=headers)


@pytest.mark.parametrize(
    "source",
    ["198.51.100.7", "203.0.113.0", "203.0.113.9", "203.0.113.255", "2001:db8:1::1", "2001:db8:1:ffff::", "2001:db8::7",
     "2001:0DB8:0000::0007", "::ffff:198.51.100.7", "::ffff:203.0.113.9", "::ffff:cb00:7109"],
    ids=str,
)  # fmt: skip
def test_an_address_of_the_list_passes(standing: Tenant, source: str) -> None:
    assert from_address(standing, source).status == 200


@pytest.mark.parametrize(
    "source",
    ["198.51.100.8", "203.0.114.0", "203.0.112.255", "2001:db8:2::1", "2001:db8::8", "::ffff:198.51.100.8", "::198.51.100.7",
     "127.0.0.1", "", "198.51.100", "198.51.100.7, 203.0.113.9", "unix"],
    ids=str,
)  # fmt: skip
def test_any_other_address_is_not_allowed(standing: Tenant, source: str) -> None:
    assert refused(from_address(standing, source), 403) == "Action is not allowed"


@pytest.mark.parametrize(
    ("block", "inside", "outside"),
    [("::ffff:198.51.100.0/120", "198.51.100.255", "198.51.101.0"), ("::ffff:198.51.100.7/128", "198.51.100.7", "198.51.100.8"),
     ("2001:db8::/127", "2001:db8::1", "2001:db8::2"), ("198.51.100.0/31", "::ffff:198.51.100.1", "198.51.100.2")],
    ids=str,
)  # fmt: skip
def test_a_key_is_limited_to_the_block_that_it_was_made_with(standing: Tenant, block: str, inside: str, outside: str) -> None:
    office = Office.open(standing.fleet)
    key = office.made(applicationRestriction={"type": "IP_ADDRESSES", "ipAddresses": [block]})["key"]
    assert call(get.handler, key=key, source=inside).status == 200
    refused(call(get.handler, key=key, source=outside), 403)


def test_a_block_may_be_named_by_any_of_its_addresses(standing: Tenant) -> None:
    assert from_address(standing, "192.0.2.200", "192.0.2.9/24").status == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP"])
def test_headers_of_the_client_do_not_name_its_address(standing: Tenant, header: str) -> None:
    refused(from_address(standing, "192.0.2.1", **{header: "198.51.100.7"}), 403)


def test_a_forwarded_address_takes_nothing_away(standing: Tenant) -> None:
    assert from_address(standing, "198.51.100.7", **{"X-Forwarded-For": "192.0.2.1"}).status == 200


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


@pytest.mark.parametrize(("pattern", "page"), MATCHES, ids=lambda value: value)
def test_a_referrer_of_the_list_passes(standing: Tenant, pattern: str, page: str) -> None:
    assert from_page(standing, pattern, Referer=page).status == 200


@pytest.mark.parametrize(("pattern", "page"), MISSES, ids=lambda value: value or "empty")
def test_any_other_referrer_is_not_allowed(standing: Tenant, pattern: str, page: str) -> None:
    assert refused(from_page(standing, pattern, Referer=page), 403) == "Action is not allowed"


def test_without_a_referrer_the_origin_counts(standing: Tenant) -> None:
    assert from_page(standing, "https://app.example.com/*", Origin="https://app.example.com").status == 200


def test_the_referrer_counts_before_the_origin(standing: Tenant) -> None:
    headers = {"Referer": "https://evil.test/", "Origin": "https://app.example.com"}
    refused(from_page(standing, "https://app.example.com/*", **headers), 403)


def test_without_both_it_is_not_allowed(standing: Tenant) -> None:
    refused(from_page(standing, "https://app.example.com/*"), 403)


def test_one_pattern_of_several_is_enough(standing: Tenant) -> None:
    referrers = ("https://one.example", "https://two.example/*")
    key = standing.fleet.key(standing.fleet.organization(), restriction="HTTP_REFERRERS", referrers=referrers)
    assert call(get.handler, key=key, headers={"Referer": "https://two.example/x"}).status == 200


def test_the_list_of_another_kind_does_not_count(standing: Tenant) -> None:
    key = standing.fleet.key(standing.fleet.organization(), restriction="NONE", addresses=("192.0.2.1",))
    assert call(get.handler, key=key).status == 200
