"""Internal errors: one body without details (wisdm.md 1.4 and 1.5)."""

from __future__ import annotations

import pytest

from fleet.aws import clients, table
from functions.wisdm.gateway import register
from functions.wisdm.location import create
from functions.wisdm.version import get
from tests.contract.wisdm.answers import refusal_message
from tests.contract.wisdm.location.bodies import TOKENS, body
from tests.contract.wisdm.stored import unchanged
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import call
from tests.harness.interference import before_next_transaction, refused_transactions


@pytest.fixture
def tenant_without_table(tenant: Tenant) -> Tenant:
    """A tenant whose table was deleted."""
    clients.dynamodb().delete_table(TableName=table.table())
    return tenant


def test_a_fault_is_500(tenant_without_table: Tenant) -> None:
    assert refusal_message(call(get.handler, key=tenant_without_table.key), 500) == "Internal server error"


def test_a_fault_tells_nothing_of_its_cause(tenant_without_table: Tenant) -> None:
    text = call(get.handler, key=tenant_without_table.key).content.decode()
    assert not [word for word in ("Traceback", "dynamodb", "FleetTable", "ResourceNotFound", tenant_without_table.key) if word in text]


def test_a_fault_leaves_no_location_behind(tenant: Tenant) -> None:
    def drop_connection() -> None:
        raise OSError("the connection broke")

    before_next_transaction(drop_connection)
    with unchanged():
        refusal_message(call(create.handler, tenant.path, key=tenant.key, body=body(TOKENS)), 500)


PASSING = pytest.mark.parametrize("reason", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])


@PASSING
def test_a_write_that_clashes_with_another_is_sent_again(tenant: Tenant, reason: str) -> None:
    with refused_transactions(reason, tenant.organization.id, times=4):
        assert call(create.handler, tenant.path, key=tenant.key, body=body()).status == 201


@PASSING
def test_a_write_that_always_clashes_is_429_and_changes_nothing(gateways: TenantWithGateways, reason: str) -> None:
    """Many concurrent registrations in one location may cause this."""
    factory, path = gateways.spare.factory, {"locationId": gateways.place.id}
    with refused_transactions(reason, factory.sn), unchanged():
        answer = call(register.handler, path, key=gateways.key, body={"sn": factory.sn, "eui": factory.eui})
    refusal_message(answer, 429)
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("reason", ["ValidationError", "ItemCollectionSizeLimitExceeded"])
def test_a_write_that_is_refused_for_good_is_sent_once(tenant: Tenant, reason: str) -> None:
    with refused_transactions(reason, tenant.organization.id) as refused, unchanged():
        refusal_message(call(create.handler, tenant.path, key=tenant.key, body=body()), 500)
    assert refused == [reason]
