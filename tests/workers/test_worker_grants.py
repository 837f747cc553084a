"""Each worker has exactly the permissions that it uses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.alerts.states import States
from fleet.aws import clients, device_crypto
from fleet.aws.reads import fetch
from fleet.aws.writes import Write, transact
from fleet.commands import give_order as orders
from fleet.commands import run_shell
from fleet.commands.commands import Commands
from fleet.configuration import upgrade
from fleet.configuration.image import Firmware
from fleet.configuration.images import Firmwares
from fleet.grants import Grant
from fleet.registry import manage_groups
from fleet.registry.device import RESTORABLE
from fleet.registry.devices import Devices
from fleet.registry.gateways import Gateways
from functions.workers.alert.evaluate import handler as evaluate
from functions.workers.device.purge import handler as purge
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.files.record import handler as record
from functions.workers.uplink.receive import TRIES
from functions.workers.uplink.receive import handler as receive
from tests.harness.aws import forget
from tests.harness.call import invoke
from tests.harness.fleet import Fleet, Hardware
from tests.harness.recorder import Recorder, differences, without_keys
from tests.harness.thingsee_world import ThingseeWorld
from tests.suite.settings import BATTERY
from tests.workers import deleted
from tests.workers.held import hold
from tests.workers.messages import NOW, UplinkMessage, deliver, deliver_rows, hello, outbox, sign, state_message, uplink_message
from tests.workers.status import STATUS
from tests.workers.test_dispatch import CREDENTIALS, create_location_with, registered_gateway, server
from tests.workers.test_files import object_event, object_events, store, upload_request
from tests.workers.test_uplink_results import command_result, commandable_gateway
from tests.workers.thing_messages import AT, alerting_tuids, heartbeats_message, message, things_message


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def actions(*names: str) -> set[Grant]:
    return {Grant(*name.split(" ")) for name in names}


READ = "FleetTable dynamodb:BatchGetItem"
UPDATE = "FleetTable dynamodb:UpdateItem"
PUT = "FleetTable dynamodb:PutItem"
QUERY = "FleetTable dynamodb:Query"
DELETE = "FleetTable dynamodb:DeleteItem"
CHECK = "FleetTable dynamodb:ConditionCheckItem"
CHANGE = {"SeriesTable dynamodb:PutItem", "SeriesTable dynamodb:UpdateItem"}
"""What a change of a gateway's connection needs."""
STATE = {"SeriesTable dynamodb:BatchWriteItem", "SeriesTable dynamodb:UpdateItem"}
"""What the state of a device needs."""


def forget_and_clear(aws_requests: Recorder) -> None:
    """Forget cached keys and secrets, as in a new container."""
    forget()
    aws_requests.clear()


def test_the_uplink(fleet: Fleet, aws_requests: Recorder) -> None:
    hardware, organization = fleet.hardware(), fleet.organization()
    fleet.gateway(organization, fleet.location(organization), hardware, share_logs="wisdm")
    device = fetch(EVERYWHERE, Devices.by_id(fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).card.id))
    transact(Devices.store_writes(EVERYWHERE, device, device.edited(NOW, attributes=[{"name": "flow", "data_type": "number"}])))
    ready = commandable_gateway(fleet)
    gateway, earlier = fetch(EVERYWHERE, run_shell.addressed(ready.sn))
    id = int(run_shell.run(EVERYWHERE, gateway, earlier, [["uptime"]], 60, "tests", NOW).id)
    orders.reboot(EVERYWHERE, fetch(EVERYWHERE, orders.addressed(ready.sn, "reboot")), "tests", NOW)
    reboot = fetch(EVERYWHERE, Commands.earlier("reboot", ready.sn)).newest
    assert reboot
    boxed = device_crypto.encrypt_for_device(device_crypto.cloud_public_key(), f"{hardware.sn}:wifi.key", b"hush")
    settings = device_crypto.encrypt_for_device(device_crypto.cloud_public_key(), f"{hardware.sn}:config.lan", b"hush")
    logs = {"shareLogs": "wisdm", "wisdmLogsRotationCycle": 30}
    sealed = {"FleetKey kms:Decrypt", READ, UPDATE, "SeriesTable dynamodb:PutItem"}
    steps: list[tuple[UplinkMessage, set[str]]] = [
        (uplink_message(hardware, "presence", {"connected": True}), {READ, UPDATE, PUT, *CHANGE}),
        (uplink_message(hardware, "dyingGasp", {"at": "2026-01-05T10:10:00Z"}), {READ, UPDATE}),
        (uplink_message(hardware, "hello", hello(hardware)), {READ, UPDATE}),
        (state_message(hardware, {"states": [{"data": {}}]}), {READ}),
        (state_message(hardware, {"states": [{"data": {"flow": 1}}]}), {READ, *STATE}),
        (uplink_message(hardware, "hello", hello(hardware, applied=0), seq=2), {READ, UPDATE}),
        (uplink_message(hardware, "config.reported", {"version": 1}), {READ, UPDATE, PUT}),
        (uplink_message(hardware, "battery", BATTERY), {READ, UPDATE, CHECK}),
        (uplink_message(hardware, "config.reported", {"version": 1, "batteryMonitoring": True}, seq=2), {READ, UPDATE, PUT}),
        (uplink_message(hardware, "battery", BATTERY, seq=2), {READ, UPDATE}),
        (uplink_message(hardware, "config.reported", {"version": 1, "batteryMonitoring": False}, seq=3), {READ, UPDATE, PUT, DELETE}),
        (
            uplink_message(hardware, "config.reported", {"version": 1, "lan": {"wifi": {"key": {"box": settings}}}}, seq=4),
            {READ, UPDATE, PUT, "FleetKey kms:Decrypt", "UplinkSecret secretsmanager:GetSecretValue"},
        ),
        (
            uplink_message(hardware, "config.reported", {"version": 1, "syslog": logs}, seq=5),
            {READ, UPDATE, PUT},
        ),
        (uplink_message(hardware, "status", {"system": {"cpu": 1}}), {READ, UPDATE, "SeriesTable dynamodb:PutItem"}),
        (uplink_message(hardware, "status", STATUS, seq=2), sealed),
        (
            uplink_message(hardware, "status", {"network": {"lan": {"wifi": {"key": {"box": boxed}}}}, "lora": {"txPackets": 1}}, seq=3),
            {*sealed, "UplinkSecret secretsmanager:GetSecretValue"},
        ),
        (uplink_message(ready, "command.result", command_result(id, [0])), {READ, UPDATE}),
        (uplink_message(ready, "action.result", {"actionId": reboot.id, "action": "reboot", "ok": True}), {READ, UPDATE}),
        (
            uplink_message(hardware, "perf", {"samples": [{"bucket": "2026-01-05T10:00:00Z", "uplink": 1, "downlink": 0}]}),
            {READ, "SeriesTable dynamodb:PutItem"},
        ),
        (uplink_message(hardware, "syslog.request", upload_request()), {READ, PUT, UPDATE}),
        (uplink_message(hardware, "syslog.done", {"key": f"logs/{hardware.sn}/2026-01-04/a.gz"}), {READ}),
        (sign(hardware, "{"), {"UplinkRefusedDeadLetters sqs:SendMessage"}),
        *_of_things(ThingseeWorld.of(fleet)),
    ]
    seen: set[Grant] = set()
    for each, expected in steps:
        forget_and_clear(aws_requests)
        assert deliver(receive, each) == []
        assert without_keys(aws_requests.grants) == actions(*expected), each.body
        seen |= aws_requests.grants
    boto3.client("dynamodb").delete_table(TableName=clients.setting("SERIES_TABLE"))
    forget_and_clear(aws_requests)
    assert deliver(receive, replace(uplink_message(hardware, "status", STATUS, seq=9), tries=TRIES)) == []
    assert without_keys(aws_requests.grants) == actions(*sealed - {UPDATE}, "UplinkFailedDeadLetters sqs:SendMessage")
    assert differences(seen | aws_requests.grants, receive.worker.grants) == []


def _of_things(thingsee_world: ThingseeWorld) -> list[tuple[UplinkMessage, set[str]]]:
    gateway, sensor = thingsee_world.gateway(status="installed"), thingsee_world.sensor()
    watched = thingsee_world.sensor(status="installed")
    hardware = thingsee_world.hardware[gateway]
    manage_groups.create(EVERYWHERE, thingsee_world.organization.id, "prfi00yard", "")
    thingsee_world.move(sensor, "prfi00yard")
    hold(thingsee_world, sensor, AT * 1000 - 5, AT + 60)
    kept = {READ, PUT, "SeriesTable dynamodb:PutItem"}
    return [
        (things_message(hardware, message(sensor)), {*kept, QUERY, CHECK, DELETE}),
        (things_message(hardware, message(sensor, ts=AT + 1)), kept),
        (things_message(hardware, message(sensor, ts=AT + 10_000_000)), kept - {PUT}),
        (things_message(hardware, message(gateway, 1000, 18, AT + 2)), {*kept, UPDATE, CHECK, *CHANGE}),
        (things_message(hardware, message(gateway, 1000, 17, AT + 3)), {*kept, UPDATE, DELETE, *CHANGE}),
        (things_message(hardware, heartbeats_message(gateway, AT + 4, (watched, 0))), {*kept, CHECK, DELETE}),
        (things_message(hardware, heartbeats_message(gateway, AT + 5, (watched, 1))), {*kept, DELETE}),
    ]


def test_the_evaluation(fleet: Fleet, aws_requests: Recorder) -> None:
    thingsee_world = ThingseeWorld.of(fleet)
    gateway, sensor, silent = thingsee_world.gateway(), thingsee_world.sensor(status="installed"), thingsee_world.sensor(status="installed")
    deliver(receive, things_message(thingsee_world.hardware[gateway], message(sensor), NOW + timedelta(minutes=1)))
    gone = thingsee_world.thing(silent).changed(tuid="TSPD04GONE0000001")
    transact(States.reschedule_writes(EVERYWHERE, gone, None, AT))
    forget_and_clear(aws_requests)
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        invoke(evaluate, {"time": "2026-01-05T12:10:00Z"})
    assert without_keys(aws_requests.grants) == actions(READ, QUERY, PUT, DELETE, CHECK)
    assert differences(aws_requests.grants, evaluate.worker.grants) == []
    assert alerting_tuids(thingsee_world) == [silent]


def test_the_purge(fleet: Fleet, aws_requests: Recorder) -> None:
    """Down to the partition keys: a device of each API with all that is stored of it, and a row that no device has."""
    owner = fleet.organization()
    for device in (deleted.keyed(owner), deleted.gateway(fleet, owner), deleted.sensor(fleet, owner)):
        deleted.delete(device, NOW - RESTORABLE)
    transact([Write.put(("PURGE#0", f"{0:012d}#{'f' * 24}"), {"device": {"S": "f" * 24}}, None)])
    forget_and_clear(aws_requests)
    invoke(purge, {"time": NOW.isoformat()})
    assert differences(aws_requests.grants, purge.worker.grants) == []


def test_a_message_is_read_and_kept_in_few_requests(fleet: Fleet, aws_requests: Recorder) -> None:
    hardware, organization = fleet.hardware(), fleet.organization()
    fleet.gateway(organization, fleet.location(organization), hardware)
    deliver(receive, uplink_message(hardware, "status", STATUS))
    aws_requests.clear()
    deliver(receive, uplink_message(hardware, "status", STATUS, seq=2))
    assert aws_requests.requests == ["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:UpdateItem"]


def test_a_message_is_sent_in_few_requests(fleet: Fleet, aws_requests: Recorder) -> None:
    ready = commandable_gateway(fleet)
    gateway, earlier = fetch(EVERYWHERE, run_shell.addressed(ready.sn))
    run_shell.run(EVERYWHERE, gateway, earlier, [["uptime"]], 60, "tests", NOW)
    rows = outbox(ready)
    aws_requests.clear()
    assert deliver_rows(dispatch, rows) == []
    assert aws_requests.requests == ["dynamodb:BatchGetItem", "sqs:SendMessage", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]


def test_dispatch(fleet: Fleet, aws_requests: Recorder) -> None:
    shared = registered_gateway(fleet, create_location_with(fleet, server("client_certificate"), CREDENTIALS))
    ready = commandable_gateway(fleet)
    gateway, earlier = fetch(EVERYWHERE, run_shell.addressed(ready.sn))
    run_shell.run(EVERYWHERE, gateway, earlier, [["uptime"]], 60, "tests", NOW)
    hardware, organization = fleet.hardware(), fleet.organization()
    fleet.gateway(organization, fleet.location(organization), hardware, share_logs="wisdm")
    deliver(receive, uplink_message(hardware, "syslog.request", upload_request()))
    other = commandable_gateway(fleet)
    Firmwares.add(EVERYWHERE, Firmware(model="RAK7268V2", version="2.2.13", key="firmware/x", size=1, sha256="0" * 64, added=NOW))
    upgrade.upgrade(EVERYWHERE, fetch(EVERYWHERE, orders.addressed(other.sn, "upgrade")), "2.2.13", "tests", NOW)
    send = "DownlinkQueues sqs:SendMessage"
    steps: list[tuple[Hardware, set[str]]] = [
        (other, {READ, UPDATE, DELETE, send, "FilesBucket/firmware/* s3:GetObject"}),
        (shared, {READ, DELETE, send, "FleetKey kms:Decrypt"}),
        (ready, {READ, UPDATE, DELETE, send}),
        (hardware, {READ, DELETE, send, "FilesBucket/logs/* s3:PutObject"}),
    ]
    seen: set[Grant] = set()
    for to, expected in steps:
        rows = outbox(to)
        forget_and_clear(aws_requests)
        assert deliver_rows(dispatch, rows) == []
        assert without_keys(aws_requests.grants) == actions(*expected), json.loads(rows[0]["body"]["S"])["type"]
        seen |= aws_requests.grants
    assert differences(seen, dispatch.worker.grants) == []


def test_files(fleet: Fleet, aws_requests: Recorder) -> None:
    hardware, organization = fleet.hardware(), fleet.organization()
    fleet.gateway(organization, fleet.location(organization), hardware)
    forget_and_clear(aws_requests)
    key = store(f"logs/{hardware.sn}/2026-01-04/a.gz")
    forget_and_clear(aws_requests)
    assert deliver(record, object_events(object_event(key))) == []
    assert without_keys(aws_requests.grants) == actions(READ, PUT, "FilesBucket/logs/* s3:GetObject")
    assert differences(aws_requests.grants, record.worker.grants) == []


def test_only_what_works_with_keys_needs_cryptography() -> None:
    assert [sorted(entry.worker.layers) for entry in (receive, dispatch, record)] == [["cryptography"], ["cryptography"], []]
