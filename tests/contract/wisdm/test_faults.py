"""Faults of ours: one body that tells nothing (wisdm.md 1.4 and 1.5)."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.aws import clients, table
from functions.wisdm.gateway import register
from functions.wisdm.location import create
from functions.wisdm.version import get
from tests.contract.wisdm.answers import refused
from tests.contract.wisdm.location.bodies import TOKENS, body
from tests.contract.wisdm.stored import unchanged
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import call
from tests.harness.interference import before_each_request, before_next_transaction


@pytest.fixture
def faulty(tenant: Tenant) -> Tenant:
    """A tenant whose table is gone."""
    clients.dynamodb().delete_table(TableName=table.table())
    return tenant


def test_a_fault_is_500(faulty: Tenant) -> None:
    assert refused(call(get.handler, key=faulty.key), 500) == "Internal server error"


def test_a_fault_tells_nothing_of_its_cause(faulty: Tenant) -> None:
    text = call(get.handler, key=faulty.key).content.decode()
    assert not [word for word in ("Traceback", "dynamodb", "FleetTable", "ResourceNotFound", faulty.key) if word in text]


def test_a_fault_leaves_no_location_behind(tenant: Tenant) -> None:
    def break_off() -> None:
        raise OSError("the connection broke")

    before_next_transaction(break_off)
    with unchanged():
        refused(call(create.handler, tenant.path, key=tenant.key, body=body(TOKENS)), 500)


def clash() -> None:
    """What DynamoDB says of a transaction while another one holds one of its items."""
    told: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [{"Code": "TransactionConflict"}]}
    raise clients.dynamodb().exceptions.TransactionCanceledException(told, "TransactWriteItems")


def test_a_write_that_clashes_with_another_is_sent_again(tenant: Tenant) -> None:
    before_next_transaction(clash)
    assert call(create.handler, tenant.path, key=tenant.key, body=body()).status == 201


def test_a_write_that_always_clashes_is_429_and_changes_nothing(gateways: TenantWithGateways) -> None:
    """As many registrations at once might, which all count in one location."""
    factory, path = gateways.spare.factory, {"locationId": gateways.place.id}
    with before_each_request("TransactWriteItems", clash), unchanged():
        answer = call(register.handler, path, key=gateways.key, body={"sn": factory.sn, "eui": factory.eui})
    refused(answer, 429)
    assert int(answer.headers["Retry-After"]) > 0
