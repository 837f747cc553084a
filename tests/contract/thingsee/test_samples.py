"""The requests and responses that the vendor's page prints, as printed, save for values that it leaves blank or the server makes."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine

from functions.thingsee.auth.create import handler as create_token
from functions.thingsee.command.list import handler as list_commands
from functions.thingsee.command.send import handler as send
from functions.thingsee.group.create import handler as create
from functions.thingsee.group.delete import handler as delete
from functions.thingsee.group.get_of_thing import handler as get_group
from functions.thingsee.group.rename import handler as rename
from functions.thingsee.group.set_of_thing import handler as set_group
from functions.thingsee.installation.list import handler as list_installations
from functions.thingsee.installation.set import handler as set_installation
from tests.contract.thingsee.tenant import Tenant
from tests.harness.call import call
from tests.harness.thingsee_world import SECRET

TUID = "XXXXTUID"
COMMAND = {"tsmEv": 30, "tsmId": 17110, "tsmTs": 1557302186, "tsmDstTuid": "XXXXTUID", "profileId": 0, "transactionId": 99999}


@pytest.fixture(autouse=True)
def _thing(tenant: Tenant) -> None:
    tenant.things.sensor(TUID)


def at(second: int) -> time_machine.travel:
    return time_machine.travel(datetime.fromtimestamp(second, UTC), tick=False)


def test_create_client_access_token(tenant: Tenant) -> None:
    answer = call(create_token, body={"client_id": tenant.things.client.id, "client_secret": SECRET})
    assert answer.json == {"data": {"token": answer.json["data"]["token"]}}


def test_send_a_command(tenant: Tenant) -> None:
    with at(1557302186):
        body = [{"tsmId": 17110, "tsmEv": 30, "transactionId": 99999, "profileId": 0}]
        assert tenant.data(send, body, tuid=TUID) == {"responsible": tenant.things.client.id, "commands": [COMMAND]}
        assert tenant.data(list_commands, tuid=TUID) == [
            {"tuid": "XXXXTUID", "timestamp": 1557302186, "responsible": tenant.things.client.id, "command": COMMAND}
        ]


def test_installation_history(tenant: Tenant) -> None:
    with at(1559564455):
        tenant.data(set_installation, {"installation_status": "retired"}, tuid=TUID)
        me = tenant.things.client.id
        assert tenant.data(list_installations, query={"limit": "1"}, tuid=TUID) == [
            {"tuid": "XXXXTUID", "installation_status": "retired", "timestamp": 1559564455, "responsible": me}
        ]


def test_set_installation_status(tenant: Tenant) -> None:
    answer = tenant.data(set_installation, {"installation_status": "installed"}, tuid=TUID)
    assert answer == {"tuid": "XXXXTUID", "installation_status": "installed"}


def test_groups(tenant: Tenant) -> None:
    group = {"group_id": "testgroup1", "group_description": "This is a test group"}
    assert tenant.data(create, group) == group
    assert tenant.data(set_group, {"group_id": "testgroup1"}, tuid=TUID) == {"group_id": "testgroup1", "tuid": "XXXXTUID"}
    assert tenant.data(get_group, tuid=TUID) == {"group_id": "testgroup1", "tuid": "XXXXTUID"}


def test_rename_and_delete_a_group(tenant: Tenant) -> None:
    tenant.group("oldgroupname")
    answer = tenant.data(rename, {"group_id": "newgroupname"}, groupid="oldgroupname")
    assert answer == {"group_id": "newgroupname", "old": "oldgroupname", "renamed": True}
    tenant.group("deletedgroup")
    assert tenant.data(delete, groupid="deletedgroup") == {"group_id": "deletedgroup", "deleted": True}
