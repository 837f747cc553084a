"""The requests and responses that the vendor's page prints, as printed, save for values that it leaves blank or the server makes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from functions.thingsee.auth import create as create_token
from functions.thingsee.command import list as list_commands
from functions.thingsee.command import send
from functions.thingsee.group import create, delete, get_of_thing, rename, set_of_thing
from functions.thingsee.installation import list as list_installations
from functions.thingsee.installation import set as set_installation
from tests.contract.thingsee.customer import Customer
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.harness.things import SECRET

TUID = "XXXXTUID"
COMMAND = {"tsmEv": 30, "tsmId": 17110, "tsmTs": 1557302186, "tsmDstTuid": "XXXXTUID", "profileId": 0, "transactionId": 99999}


@pytest.fixture
def customer(fleet: Fleet) -> Customer:
    made = Customer.of(fleet)
    made.field.sensor(TUID)
    return made


def at(customer: Customer, second: int) -> time_machine.travel:
    return time_machine.travel(datetime.fromtimestamp(second, UTC), tick=False)


def test_create_client_access_token(customer: Customer) -> None:
    answer = call(create_token.handler, body={"client_id": customer.field.client.id, "client_secret": SECRET})
    assert answer.json == {"data": {"token": answer.json["data"]["token"]}}


def test_send_a_command(customer: Customer) -> None:
    with at(customer, 1557302186):
        customer = Customer(customer.field, customer.field.token)
        body = [{"tsmId": 17110, "tsmEv": 30, "transactionId": 99999, "profileId": 0}]
        assert customer.data(send.handler, body, tuid=TUID) == {"responsible": customer.field.client.id, "commands": [COMMAND]}
        assert customer.data(list_commands.handler, tuid=TUID) == [
            {"tuid": "XXXXTUID", "timestamp": 1557302186, "responsible": customer.field.client.id, "command": COMMAND}
        ]


def test_installation_history(customer: Customer) -> None:
    with at(customer, 1559564455):
        customer = Customer(customer.field, customer.field.token)
        customer.data(set_installation.handler, {"installation_status": "retired"}, tuid=TUID)
        me = customer.field.client.id
        assert customer.data(list_installations.handler, query={"limit": "1"}, tuid=TUID) == [
            {"tuid": "XXXXTUID", "installation_status": "retired", "timestamp": 1559564455, "responsible": me}
        ]


def test_set_installation_status(customer: Customer) -> None:
    answer = customer.data(set_installation.handler, {"installation_status": "installed"}, tuid=TUID)
    assert answer == {"tuid": "XXXXTUID", "installation_status": "installed"}


def test_groups(customer: Customer) -> None:
    group = {"group_id": "testgroup1", "group_description": "This is a test group"}
    assert customer.data(create.handler, group) == group
    assert customer.data(set_of_thing.handler, {"group_id": "testgroup1"}, tuid=TUID) == {"group_id": "testgroup1", "tuid": "XXXXTUID"}
    assert customer.data(get_of_thing.handler, tuid=TUID) == {"group_id": "testgroup1", "tuid": "XXXXTUID"}


def test_rename_and_delete_a_group(customer: Customer) -> None:
    customer.group("oldgroupname")
    answer = customer.data(rename.handler, {"group_id": "newgroupname"}, groupid="oldgroupname")
    assert answer == {"group_id": "newgroupname", "old": "oldgroupname", "renamed": True}
    customer.group("deletedgroup")
    assert customer.data(delete.handler, groupid="deletedgroup") == {"group_id": "deletedgroup", "deleted": True}
