"""GET /things/alerts/count (thingsee.md 3.2)."""

from __future__ import annotations

from functions.thingsee.thing.count_alerting import handler as count_alerting
from tests.contract.thingsee.tenant import Tenant, Tenants
from tests.contract.thingsee.thing.alerting import two_alerting
from tests.harness.meter import Meter
from tests.workers.thing_messages import AT, message, relay


def test_none(tenant: Tenant) -> None:
    assert tenant.data(count_alerting) == {"alert_count": "0"}  # T9


def test_counts_things_and_not_alerts(tenants: Tenants) -> None:
    two_alerting(tenants)
    assert tenants.tenant.data(count_alerting) == {"alert_count": "2"}


def test_however_many_there_are_it_is_one_query(tenant: Tenant) -> None:
    for tuid in [tenant.things.gateway() for _ in range(7)]:
        relay(tenant.things, tuid, message(tuid, 1000, 18, AT))
    with Meter() as meter:
        assert tenant.data(count_alerting) == {"alert_count": "7"}
    assert meter.requests == ["BatchGetItem", "Query"]
