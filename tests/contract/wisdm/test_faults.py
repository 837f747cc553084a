"""Faults of ours: one body that tells nothing (contract, 1.4 and 1.5)."""

from __future__ import annotations

import pytest

from fleet import aws
from fleet.store import table
from functions.wisdm.location import create
from functions.wisdm.version import get
from tests.contract.wisdm.location.bodies import TOKENS, body
from tests.contract.wisdm.tenant import Tenant, meanwhile, refused, rows
from tests.harness.call import call


@pytest.fixture
def faulty(tenant: Tenant) -> Tenant:
    """A tenant whose table is gone."""
    aws.dynamodb().delete_table(TableName=table.table())
    return tenant


def test_a_fault_is_500(faulty: Tenant) -> None:
    assert refused(call(get.handler, key=faulty.key), 500) == "Internal server error"


def test_a_fault_tells_nothing_of_its_cause(faulty: Tenant) -> None:
    text = call(get.handler, key=faulty.key).content.decode()
    assert not [word for word in ("Traceback", "dynamodb", "FleetTable", "ResourceNotFound", faulty.key) if word in text]


def test_a_fault_leaves_no_location_behind(tenant: Tenant) -> None:
    def break_off() -> None:
        raise OSError("the connection broke")

    before = rows()
    meanwhile(break_off)
    refused(call(create.handler, tenant.path, key=tenant.key, body=body(TOKENS)), 500)
    assert rows() == before
