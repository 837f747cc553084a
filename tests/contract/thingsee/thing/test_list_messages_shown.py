"""GET /things/{tuid}/messages: how a message is shown (thingsee.md 3.5)."""

from __future__ import annotations

from datetime import timedelta

from fleet.access import EVERYWHERE
from fleet.registry import manage_groups
from fleet.telemetry.messages import PREFIX
from tests.contract.thingsee.tenant import Tenant
from tests.harness.aws import partition, put
from tests.workers.messages import NOW
from tests.workers.thing_messages import AT, message, messages_of, relay


def copy_newest(thing: str, count: int) -> None:
    """Store `count` copies of the thing's only message, half a millisecond apart."""
    (row,) = partition("SeriesTable", f"{PREFIX}{thing}")
    put("SeriesTable", ({**row, "sk": {"S": f"{AT + n / 2000:019.6f}#{n:032x}"}} for n in range(count)))


def test_none(tenant: Tenant, sensor: str) -> None:
    assert messages_of(tenant.things, sensor) == []


def test_the_vendors_sample(tenant: Tenant) -> None:
    gateway, sensor = tenant.things.gateway("XXXXGATEWAYTUID"), tenant.things.sensor("XXXXTUID")
    tenant.things.move(sensor, tenant.group("foo"))
    sent = {"tsmId": 1110, "tsmEv": 10, "tsmTs": 1559638241, "tsmTuid": "XXXXTUID", "tsmGw": "XXXXGATEWAYTUID", "batl": 74}
    relay(tenant.things, gateway, sent)
    assert messages_of(tenant.things, sensor) == [{**sent, "deploymentGroupId": "foo"}]


def test_the_group_is_that_of_the_arrival(tenant: Tenant, sensor: str, gateway: str) -> None:
    things = tenant.things
    relay(things, gateway, message(sensor, ts=AT - 3))
    group = manage_groups.create(EVERYWHERE, things.organization.id, "lobby", "")
    things.move(sensor, "lobby")
    relay(things, gateway, message(sensor, ts=AT - 2))
    manage_groups.rename(EVERYWHERE, group, "lounge")
    relay(things, gateway, message(sensor, ts=AT - 1))
    things.move(sensor, "unassigned")
    relay(things, gateway, message(sensor, ts=AT))
    assert [each["deploymentGroupId"] for each in messages_of(things, sensor)] == ["unassigned", "lounge", "lobby", "unassigned"]  # T23


def test_integers_stay_integers_and_nothing_is_added(tenant: Tenant, sensor: str, gateway: str) -> None:
    relay(tenant.things, gateway, message(sensor, ts=AT + 0.75, batl=74, exact=74.0, text="74", flag=True, list=[None, {}]))
    (shown,) = messages_of(tenant.things, sensor)
    types = {"tsmId": int, "tsmEv": int, "tsmTs": int, "batl": int, "exact": float}
    assert {name: type(shown[name]) for name in types} == types
    others = {"batl": 74, "exact": 74.0, "text": "74", "flag": True, "list": [None, {}]}
    assert shown == {**message(sensor, ts=AT), **others, "deploymentGroupId": "unassigned"}


def test_a_thing_cannot_say_which_group_it_is_in(tenant: Tenant, sensor: str, gateway: str) -> None:
    relay(tenant.things, gateway, message(sensor, deploymentGroupId="mine"))
    assert messages_of(tenant.things, sensor)[0]["deploymentGroupId"] == "unassigned"


def test_more_than_a_thousand_are_never_shown(tenant: Tenant, sensor: str, gateway: str) -> None:
    relay(tenant.things, gateway, message(sensor, ts=AT - 5000, n=5000))
    copy_newest(tenant.things.thing(sensor).id, 1002)
    found = messages_of(tenant.things, sensor, limit="5000")
    assert [each["tsmTs"] for each in found] == [AT] * 1000


def test_late_ones_are_put_in_their_place(tenant: Tenant, sensor: str, gateway: str) -> None:
    for n in (3, 1, 2):
        relay(tenant.things, gateway, message(sensor, ts=AT - n, n=n), received=NOW + timedelta(seconds=n))
    assert [each["n"] for each in messages_of(tenant.things, sensor)] == [1, 2, 3]
