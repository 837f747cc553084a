"""POST …/api-keys: what its body may not be (wisdm.md 10.2 and 10.3)."""

from __future__ import annotations

from typing import Any

from fleet.ids import new_id, to_uuid
from tests.contract.wisdm.answers import invalid_fields
from tests.contract.wisdm.console import Console
from tests.contract.wisdm.stored import unchanged

BAD: list[tuple[dict[str, Any], list[str]]] = [
    ({"name": None}, ["name"]),
    ({"name": ""}, ["name"]),
    ({"name": "   "}, ["name"]),
    ({"name": "x" * 51}, ["name"]),
    ({"name": "a\nb"}, ["name"]),
    ({"access": None}, ["access"]),
    ({"access": "READ"}, ["access"]),
    ({"writePermissions": None}, ["writePermissions"]),
    ({"writePermissions": []}, ["writePermissions"]),
    ({"writePermissions": ["WRITE_EVERYTHING"]}, ["writePermissions.0"]),
    ({"writePermissions": ["WRITE_REBOOT_GATEWAY"] * 2}, ["writePermissions"]),
    ({"writePermissions": "WRITE_REBOOT_GATEWAY"}, ["writePermissions"]),
    ({"access": "READ_ONLY"}, ["writePermissions"]),
    ({"applicationRestriction": "NONE"}, ["applicationRestriction"]),
    ({"applicationRestriction": {}}, ["applicationRestriction.type"]),
    ({"applicationRestriction": {"type": "ANY"}}, ["applicationRestriction.type"]),
    ({"applicationRestriction": {"type": "IP_ADDRESSES"}}, ["applicationRestriction.ipAddresses"]),
    ({"applicationRestriction": {"type": "IP_ADDRESSES", "ipAddresses": []}}, ["applicationRestriction.ipAddresses"]),
    ({"applicationRestriction": {"type": "IP_ADDRESSES", "ipAddresses": ["10.0.0.1"] * 51}}, ["applicationRestriction.ipAddresses"]),
    ({"applicationRestriction": {"type": "IP_ADDRESSES", "ipAddresses": ["::1", "10.1/8"]}}, ["applicationRestriction.ipAddresses.1"]),
    ({"applicationRestriction": {"type": "HTTP_REFERRERS", "httpReferrers": ["a.test"]}}, ["applicationRestriction.httpReferrers.0"]),
    (
        {"applicationRestriction": {"type": "IP_ADDRESSES", "ipAddresses": ["10.0.0.1"], "httpReferrers": ["https://example.com"]}},
        ["applicationRestriction.httpReferrers"],
    ),
    ({"applicationRestriction": {"type": "NONE", "ipAddresses": ["10.0.0.1"]}}, ["applicationRestriction.ipAddresses"]),
    ({"locationIds": ["pier"]}, ["locationIds.0"]),
    ({"locationIds": [to_uuid(new_id()) for _ in range(101)]}, ["locationIds"]),
    ({"lifespanDays": None}, ["lifespanDays"]),
    ({"lifespanDays": 0}, ["lifespanDays"]),
    ({"lifespanDays": 366}, ["lifespanDays"]),
    ({"lifespanDays": 30.0}, ["lifespanDays"]),
    ({"lifespanDays": "30"}, ["lifespanDays"]),
    ({"enabled": "true"}, ["enabled"]),
    ({"confirmation": None}, ["confirmation"]),
    ({"confirmation": {}}, ["confirmation.password"]),
    ({"confirmation": {"password": "x", "verificationCode": "12345"}}, ["confirmation.verificationCode"]),
    ({"confirmation": {"password": "x", "verificationCode": 492039}}, ["confirmation.verificationCode"]),
    ({"name": "", "lifespanDays": 0, "enabled": 1}, ["name", "lifespanDays", "enabled"]),
]


def test_what_breaks_a_rule_is_named(console: Console) -> None:
    with unchanged():
        for changes, fields in BAD:
            assert invalid_fields(console.create(**changes)) == fields, changes
