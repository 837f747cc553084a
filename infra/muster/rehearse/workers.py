"""Checks that every worker was invoked by its source and succeeded."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3

from fleet.access import EVERYWHERE
from fleet.aws import clients, queues, table
from fleet.aws.queues import Queue
from fleet.aws.reads import fetch
from fleet.aws.writes import Write, transact
from fleet.directory import fold
from fleet.directory.directory import RECENT
from fleet.files.files import PREFIX
from fleet.ids import from_uuid, new_id
from fleet.outbox.letter import Letter
from fleet.outbox.letters import Letters
from fleet.registry.device import Device
from fleet.registry.device_row import DELETED, DeviceRow
from fleet.registry.gateways import Gateways
from fleet.telemetry.points import Points
from fleet.times import unix_ms
from muster.generate.model import WorkerFunction
from muster.rehearse import gateways
from muster.rehearse.walk import Row
from muster.simulate import battery
from muster.simulate.wire import Wire

_SCHEDULE, _OTHER = 100.0, 20.0
"""Seconds within which a worker must have been invoked."""
_EACH_MINUTE = "rate(1 minute)"
"""The schedule that a rehearsal waits for."""
_NOBODY = "0" * 24
"""An organization that is not there."""


def forge(world: gateways.Gateways) -> None:
    """Send an unsigned uplink message, which must end in the dead-letter queue."""
    body = {"v": 1, "type": "gateway.status", "sn": world.identity.sn, "sentAt": datetime.now(UTC).isoformat(), "payload": {}}
    clients.sqs().send_message(QueueUrl=clients.setting("UPLINK_QUEUE"), MessageBody=json.dumps(body), MessageGroupId=world.identity.sn)
    queue = clients.setting("UPLINK_REFUSED_DEAD_LETTERS")
    world.until("a forged message is not among the dead letters", lambda: "Messages" in clients.sqs().receive_message(QueueUrl=queue))


def age(world: gateways.Gateways) -> None:
    """Store a report of two hours ago: with the next one, an hour is complete and can be summarised."""
    _, card = fetch(EVERYWHERE, Gateways.identity(world.identity.sn))
    if card is not None:
        sent = datetime.now(UTC) - timedelta(hours=2)
        Points.add(EVERYWHERE, card.organization, card.id, unix_ms(sent), str(uuid.uuid4()), {"system.uptime": 1.0})


def change_at_gateway(world: gateways.Gateways) -> None:
    """Report what somebody changes at a gateway itself: its battery is monitored, then no longer, and logs are kept for another time."""
    wire, boot, sn = Wire(world.by_hand, clients.sqs()), str(uuid.uuid4()), world.by_hand.sn.encode()
    wire.send("gateway.config.reported", boot, 1, {"version": 1, "batteryMonitoring": True})
    wire.send("gateway.battery", boot, 2, battery.report(time.time(), 1))
    world.until("the battery is not listed", lambda: sn in world.call("list_gateway_battery").content)
    changed = {"syslog": {"shareLogs": "wisdm", "wisdmLogsRotationCycle": 30}, "batteryMonitoring": False}
    wire.send("gateway.config.reported", boot, 3, {"version": 1, **changed})
    world.until("the battery is still listed", lambda: sn not in world.call("list_gateway_battery").content)


def relay(world: gateways.Gateways, workers: Sequence[WorkerFunction]) -> None:
    """Write a letter to each internal queue that has no worker yet, and change a directory if nobody folds any: they must be relayed."""
    served = {each.worker.source for each in workers}
    letters: Mapping[Queue, Any] = {"Callbacks": Letters.callbacks_writes, "Jobs": Letters.jobs_writes, "Mail": Letters.mail_writes}
    new = Letter(id=new_id(), organization=world.owner, group=world.owner, body={"rehearsal": True})
    writes = {queue: send(EVERYWHERE, new) for queue, send in letters.items()}
    writes["Folds"] = [Write.put((f"DIR#rehearsal#{world.owner}", "R#1"), {})]
    for queue in sorted(writes.keys() - served):
        transact(writes[queue])
        url = clients.setting(queues.variable(queue))
        world.until(f"nothing is relayed to {queue}", partial(_has_message, url))


def change_directory() -> None:
    """Change as many rows in a segment of a directory as are folded; the organization is nobody's."""
    now = datetime.now(UTC)
    ids = [new_id() for _ in range(DELETED.sizes.recent + 1)]
    devices = [Device(id=id, organization=_NOBODY, kind="sensor", name=id, created=now, modified=now) for id in ids]
    for version in (1, 2):
        rows = [DeviceRow.of(each)._replace(version=version) for each in devices]
        transact([write for row in rows for write in DELETED.put_writes(EVERYWHERE, _NOBODY, row)])
        if version == 1:
            fold.fold(EVERYWHERE, DELETED, _NOBODY)


def directory_folded(world: gateways.Gateways) -> None:
    """Wait until the directory that was changed is folded."""
    world.until("the directory is not folded", lambda: len(DELETED.read(EVERYWHERE, _NOBODY, RECENT).recent) <= DELETED.sizes.recent)
    DELETED.forget(EVERYWHERE, _NOBODY)


def _has_message(url: str) -> bool:
    return "Messages" in clients.sqs().receive_message(QueueUrl=url)


def expire(world: gateways.Gateways) -> None:
    """Delete the rows of uploaded logs, as their time to live does on AWS. Their files must be deleted too."""
    owner, sn = from_uuid(world.known["organizationId"]), world.identity.sn
    rows = list(table.query(EVERYWHERE, None, "Row", "pk = :pk", {"pk": f"{PREFIX}{owner}#{sn}"}))
    for row in rows:
        clients.dynamodb().delete_item(TableName=table.table(), Key={"pk": row["pk"], "sk": row["sk"]})
    bucket, prefix = clients.setting("FILES_BUCKET"), f"logs/{sn}/"
    world.until(
        "the files of expired logs are still there", lambda: not clients.s3().list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents")
    )


def deliver(world: gateways.Gateways) -> None:
    """Write the letters of a callback to a private address, and of a mail. The one is given up at once, the other has no sender."""
    about = {"id": new_id(), "organization": world.owner}
    callback = {**about, "url": "http://169.254.169.254/", "body": {}, "tries": 1}
    mail = {**about, "to": "nobody@muster.example", "subject": "Rehearsal", "text": "Nobody gets this."}
    for writes, body in ((Letters.callbacks_writes, callback), (Letters.mail_writes, mail)):
        transact(writes(EVERYWHERE, Letter(id=about["id"], organization=world.owner, group=world.owner, body=body)))


def call_seldom(prefix: str, workers: Sequence[WorkerFunction]) -> None:
    """Call the workers whose schedule is longer than a rehearsal, as the schedule does."""
    event = json.dumps({"time": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"})
    for each in workers:
        if each.worker.kind == "schedule" and each.worker.source != _EACH_MINUTE:
            boto3.client("lambda").invoke(FunctionName=f"{prefix}-{each.function.deployed_name}", Payload=event)


def rows(prefix: str, workers: Sequence[WorkerFunction]) -> Iterator[Row]:
    """A row for each worker: whether it was invoked since the deployment."""
    for each in workers:
        started = time.monotonic()
        patience = _SCHEDULE if each.worker.kind == "schedule" else _OTHER
        lines = _log(f"{prefix}-{each.function.deployed_name}", started + patience)
        trouble = "" if lines else "was not called"
        yield Row(each.function.name, each.worker.kind, each.worker.source, None, None, None, trouble)


def _log(function: str, end: float) -> list[str]:
    """Wait for a function's log."""
    while not (lines := log(function)) and time.monotonic() < end:
        time.sleep(1)
    return lines


def log(function: str) -> list[str]:
    """A function's log, oldest event first."""
    client = boto3.client("logs")
    try:
        events = client.filter_log_events(logGroupName=f"/aws/lambda/{function}")["events"]
    except client.exceptions.ResourceNotFoundException:
        return []
    return [str(event.get("message", "")) for event in events]


def groups(prefix: str) -> list[Mapping[str, Any]]:
    """The log groups of the functions of a stack."""
    pages = boto3.client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=f"/aws/lambda/{prefix}-")
    return [group for page in pages for group in page["logGroups"]]
