"""GET /things/{tuid}/messages (contract, 3.5): how a message is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.registry import manage_groups
from tests.harness.fleet import Fleet
from tests.harness.things import Field
from tests.workers.device import NOW
from tests.workers.things import AT, bring, message, messages_of


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def copy_newest(count: int) -> None:
    """Put so many copies of the one message that there is, made a moment apart."""
    client, table = clients.dynamodb(), clients.setting("SERIES_TABLE")
    (row,) = boto3.client("dynamodb").scan(TableName=table)["Items"]
    copies = [{**row, "sk": {"S": f"{AT + n / 2000:019.6f}#{n:032x}"}} for n in range(count)]
    for start in range(0, count, 25):
        requests: Any = {table: [{"PutRequest": {"Item": item}} for item in copies[start : start + 25]]}
        assert not client.batch_write_item(RequestItems=requests)["UnprocessedItems"]


class TestShown:
    @pytest.fixture
    def field(self, fleet: Fleet) -> Field:
        return Field.of(fleet)

    def test_none(self, field: Field) -> None:
        assert messages_of(field, field.sensor()) == []

    def test_the_vendors_sample(self, field: Field) -> None:
        gateway, sensor = field.gateway("XXXXGATEWAYTUID"), field.sensor("XXXXTUID")
        field.move(sensor, manage_groups.create(EVERYWHERE, field.organization.id, "foo", "").name)
        sent = {"tsmId": 1110, "tsmEv": 10, "tsmTs": 1559638241, "tsmTuid": "XXXXTUID", "tsmGw": "XXXXGATEWAYTUID", "batl": 74}
        bring(field, gateway, sent)
        assert messages_of(field, sensor) == [{**sent, "deploymentGroupId": "foo"}]

    def test_the_group_is_that_of_the_arrival(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, message(sensor, ts=AT - 3))
        group = manage_groups.create(EVERYWHERE, field.organization.id, "lobby", "")
        field.move(sensor, "lobby")
        bring(field, gateway, message(sensor, ts=AT - 2))
        manage_groups.rename(EVERYWHERE, group, "lounge")
        bring(field, gateway, message(sensor, ts=AT - 1))
        field.move(sensor, "unassigned")
        bring(field, gateway, message(sensor, ts=AT))
        assert [each["deploymentGroupId"] for each in messages_of(field, sensor)] == ["unassigned", "lounge", "lobby", "unassigned"]

    def test_integers_stay_integers_and_nothing_is_added(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, message(sensor, ts=AT + 0.75, batl=74, exact=74.0, text="74", flag=True, list=[None, {}]))
        (shown,) = messages_of(field, sensor)
        assert {name: type(shown[name]) for name in ("tsmId", "tsmEv", "tsmTs", "batl", "exact")} == {
            "tsmId": int, "tsmEv": int, "tsmTs": int, "batl": int, "exact": float,
        }  # fmt: skip
        assert shown == {**message(sensor, ts=AT), "batl": 74, "exact": 74.0, "text": "74", "flag": True, "list": [None, {}]} | {
            "deploymentGroupId": "unassigned"
        }

    def test_a_thing_cannot_say_which_group_it_is_in(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, message(sensor, deploymentGroupId="mine"))
        assert messages_of(field, sensor)[0]["deploymentGroupId"] == "unassigned"

    def test_more_than_a_thousand_are_never_shown(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        bring(field, gateway, message(sensor, ts=AT - 5000, n=5000))
        copy_newest(1002)
        found = messages_of(field, sensor, limit="5000")
        assert [each["tsmTs"] for each in found] == [AT] * 1000

    def test_late_ones_are_put_in_their_place(self, field: Field) -> None:
        gateway, sensor = field.gateway(), field.sensor()
        for n in (3, 1, 2):
            bring(field, gateway, message(sensor, ts=AT - n, n=n), received=NOW + timedelta(seconds=n))
        assert [each["n"] for each in messages_of(field, sensor)] == [1, 2, 3]
