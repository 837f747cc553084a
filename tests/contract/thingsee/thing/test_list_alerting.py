"""GET /things/alerts (thingsee.md 3.1). The start and end of alerts are tested in tests/workers."""

from __future__ import annotations

from functions.thingsee.thing.list_alerting import handler as list_alerting
from tests.contract.thingsee.tenant import Tenant, Tenants
from tests.contract.thingsee.thing.alerting import two_alerting
from tests.harness.meter import Meter
from tests.workers.thing_messages import AT, message, relay


def test_none(tenant: Tenant) -> None:
    assert tenant.data(list_alerting) == {"alerting_tuids": []}


def test_each_once_ascending_and_no_other_tenants(tenants: Tenants) -> None:
    alerting_tuids = two_alerting(tenants)
    assert alerting_tuids == sorted(alerting_tuids)
    assert tenants.tenant.data(list_alerting) == {"alerting_tuids": alerting_tuids}


def test_however_many_there_are_it_is_one_query(tenant: Tenant) -> None:
    gateways = [tenant.things.gateway() for _ in range(7)]
    for tuid in gateways:
        relay(tenant.things, tuid, message(tuid, 1000, 18, AT))
    with Meter() as meter:
        assert tenant.data(list_alerting) == {"alerting_tuids": sorted(gateways)}
    assert meter.requests == ["BatchGetItem", "Query"]
