"""GET /v4/version (contract, 3.1)."""

from __future__ import annotations

import re

from functions.wisdm.version import get
from tests.contract.wisdm.tenant import Tenant
from tests.harness.call import call


def test_version_is_of_three_numbers(standing: Tenant) -> None:
    assert re.fullmatch(r"v\d+\.\d+\.\d+", call(get.handler, key=standing.key).json["version"])


def test_version_is_that_of_the_api(standing: Tenant) -> None:
    assert call(get.handler, key=standing.key).json["version"] == "v4.0.0"


def test_commit_has_seven_hex_digits(standing: Tenant) -> None:
    assert re.fullmatch(r"[0-9a-f]{7}", call(get.handler, key=standing.key).json["commitId"])


def test_has_no_other_members(standing: Tenant) -> None:
    assert set(call(get.handler, key=standing.key).json) == {"version", "commitId"}


def test_a_key_limited_to_locations_may_read_it(standing: Tenant) -> None:
    assert call(get.handler, key=standing.limited(standing.location())).status == 200


def test_a_read_only_key_may_read_it(standing: Tenant) -> None:
    assert call(get.handler, key=standing.fleet.key(standing.organization, access="READ_ONLY")).status == 200


def test_unknown_query_parameters_are_ignored(standing: Tenant) -> None:
    assert call(get.handler, key=standing.key, query={"verbose": "1"}).status == 200
