"""Places for faults with things: their messages, commands to them, and the scheduled evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws import table
from fleet.aws.writes import Write, transact
from functions.workers.alert.evaluate import handler as evaluate
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.uplink.receive import handler as receive
from tests.faults.places import Operation, Place, QueueDelivery, ScheduledRun, StreamDelivery
from tests.harness.fleet import Fleet
from tests.harness.thingsee_world import ThingseeWorld
from tests.workers.held import hold
from tests.workers.messages import NOW, deliver, in_order, outbox, uplink_message
from tests.workers.thing_messages import AT, connection_message, heartbeats_message, message, relay, things_message

_HOUR = timedelta(hours=1)


def things() -> Iterator[Place]:
    """Every kind of change: values, alerts that start and end, a first message, and silence."""
    yield Place("uplink things, values", _delivery(_values))
    yield Place("uplink things, alerts start", _delivery(_alert_start))
    yield Place("uplink things, alerts end", _delivery(_alert_end, before=_alert_start))
    yield Place("uplink things, some unknown", _delivery(lambda gateway, sensor: [*_values(gateway, sensor), message("TSPD0000UNKNOWN1")]))
    yield Place("uplink things, messages held for them", _delivery(_values, holding=True))
    yield Place("uplink presence, of a gateway with a TUID", _disconnect)
    yield Place("uplink performance, of a gateway whose connection was lost", _perf_after_absence)
    yield Place("downlink things", _dispatch)
    yield Place("alert evaluate", _evaluation)


def _values(gateway: str, sensor: str) -> list[dict[str, Any]]:
    return [message(sensor, 1110, batl=50), message(sensor, 1210, lat=60.44, lon=22.24), message(gateway, 1100, 11, swVersion="7.1")]


def _alert_start(gateway: str, sensor: str) -> list[dict[str, Any]]:
    return [heartbeats_message(gateway, AT - 60, (sensor, 0)), connection_message(gateway, 18, AT - 30)]


def _alert_end(gateway: str, sensor: str) -> list[dict[str, Any]]:
    return [message(sensor, ts=AT - 10), connection_message(gateway, 17, AT - 5)]


def _delivery(
    create_messages: Callable[[str, str], Sequence[dict[str, Any]]],
    before: Callable[[str, str], Sequence[dict[str, Any]]] | None = None,
    holding: bool = False,
) -> Callable[[Fleet], Operation]:
    def prepare(fleet: Fleet) -> Operation:
        thingsee_world = ThingseeWorld.of(fleet)
        gateway, sensor = thingsee_world.gateway(status="installed"), thingsee_world.sensor(status="installed")
        if before:
            relay(thingsee_world, gateway, *before(gateway, sensor))
        if holding:
            hold(thingsee_world, sensor, 1, AT + 60)
            hold(thingsee_world, sensor, 2, AT + 60)
        return QueueDelivery(receive, [things_message(thingsee_world.hardware[gateway], create_messages(gateway, sensor))])

    return prepare


def _disconnect(fleet: Fleet) -> Operation:
    thingsee_world = ThingseeWorld.of(fleet)
    hardware = thingsee_world.hardware[thingsee_world.gateway(status="installed")]
    return QueueDelivery(receive, [uplink_message(hardware, "presence", {"connected": False, "reason": "bye"}, seq=9)])


def _perf_after_absence(fleet: Fleet) -> Operation:
    """A message that is no report ends the absence in both APIs."""
    thingsee_world = ThingseeWorld.of(fleet)
    gateway = thingsee_world.gateway(status="installed")
    hardware = thingsee_world.hardware[gateway]
    lost = things_message(hardware, [connection_message(gateway, 18, AT - 30)], NOW - timedelta(seconds=30), seq=8)
    assert deliver(receive, lost) == []
    samples = [{"bucket": "2026-01-05T10:00:00Z", "uplink": 1, "downlink": 0}]
    return QueueDelivery(receive, [uplink_message(hardware, "perf", {"samples": samples}, seq=9)])


def _dispatch(fleet: Fleet) -> Operation:
    """Held settings of a sensor, the second in place of the first, dispatched to the gateway that heard it."""
    thingsee_world = ThingseeWorld.of(fleet)
    gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
    hold(thingsee_world, sensor, 1, AT + 60, tsmDstTuid=sensor, reportInterval=600)
    hold(thingsee_world, sensor, 2, AT + 60, tsmDstTuid=sensor, reportInterval=3600)
    relay(thingsee_world, gateway, message(sensor))
    return StreamDelivery(dispatch, in_order(outbox(thingsee_world.hardware[gateway])))


def _evaluation(fleet: Fleet) -> Operation:
    """A silent sensor and gateway, a sensor that was heard, and a retired one."""
    thingsee_world = ThingseeWorld.of(fleet)
    long_ago = NOW - 7 * _HOUR
    gateway, sensor, heard, gone = thingsee_world.gateway(), thingsee_world.sensor(), thingsee_world.sensor(), thingsee_world.sensor()
    for tuid in (gateway, sensor, heard, gone):
        thingsee_world.install(tuid, "installed", long_ago)
    due_rows = [dict(row) for shard in range(4) for row in table.query(EVERYWHERE, None, "Row", "pk = :pk", {"pk": f"DUE#{shard}"})]
    thingsee_world.heard(heard, gateway, NOW - _HOUR)
    thingsee_world.install(gone, "retired", long_ago)
    (left,) = [row for row in due_rows if row["tuid"]["S"] == gone]  # as a process leaves it that died between two writes
    transact([Write.put((left["pk"]["S"], left["sk"]["S"]), {"tuid": left["tuid"]})])
    return ScheduledRun(evaluate, NOW)
