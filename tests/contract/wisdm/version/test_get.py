"""GET /v4/version (wisdm.md 3.1)."""

from __future__ import annotations

import re

from functions.wisdm.version import get
from tests.contract.wisdm.tenant import TenantWithGateways
from tests.harness.call import call


def test_says_its_version_and_commit_and_nothing_else(gateways: TenantWithGateways) -> None:
    answer = call(get.handler, key=gateways.key).json
    assert answer == {"version": "v4.0.0", "commitId": answer["commitId"]}
    assert re.fullmatch(r"v\d+\.\d+\.\d+", answer["version"])
    assert re.fullmatch(r"[0-9a-f]{7}", answer["commitId"])


def test_every_key_may_read_it(gateways: TenantWithGateways) -> None:
    for key in (gateways.key, gateways.reader, gateways.key_of_place):
        assert call(get.handler, key=key).status == 200


def test_unknown_query_parameters_are_ignored(gateways: TenantWithGateways) -> None:
    assert call(get.handler, key=gateways.key, query={"verbose": "1"}).status == 200
