"""Places for faults in workers: a message of every type, an outbox row of every type, files, and series."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any, get_args

from fleet.access import EVERYWHERE
from fleet.aws import clients, device_crypto, table
from fleet.aws.reads import fetch
from fleet.aws.writes import Write, transact
from fleet.commands import give_order, run_shell
from fleet.commands.command import OrderKind
from fleet.commands.commands import Commands
from fleet.configuration import desire, register, upgrade
from fleet.configuration.image import Firmware
from fleet.configuration.images import Firmwares
from fleet.files.file import LogFile
from fleet.files.files import NOTICES, Logs
from fleet.ids import new_id, to_uuid
from fleet.lifecycle import claim
from fleet.outbox.letter import Letter
from fleet.outbox.letters import PREFIX, Letters
from fleet.registry import manage_locations
from fleet.registry.gateway import Card
from fleet.registry.gateways import Gateways
from fleet.registry.location import Location
from fleet.registry.lorawan import Frequency, Lorawan, Server
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.files.expire import handler as expire
from functions.workers.files.record import handler as record
from functions.workers.outbox.relay import handler as relay
from functions.workers.rollup.settle import handler as settle
from functions.workers.uplink.receive import handler as receive
from tests.faults import device_places, directory_places
from tests.faults.places import Operation, Place, QueueDelivery, StreamDelivery
from tests.harness.aws import partition
from tests.harness.fleet import Fleet, Hardware
from tests.suite.settings import BATTERY, MODEL
from tests.workers.messages import NEXT_BOOT, NOW, UplinkMessage, deliver, hello, outbox, uplink_message
from tests.workers.series import add_bucket, add_point

_SHA256 = "ab" * 32
_WIFI = {"enabled": True, "ssid": "pier", "encryption": "WPA2-PSK", "key": "blue-anchor-7", "channel": "Auto", "hidden": False}
_STATUS: dict[str, Any] = {
    "system": {"uptime": 86400, "cpu": 21, "memory": 47},
    "network": {
        "lan": {
            "subnet": "192.168.230.1/24",
            "ethernet": {"enabled": False},
            "wifi": _WIFI,
        }
    },
}


def owned_gateway(fleet: Fleet) -> Hardware:
    """An online gateway in a location that shares its logs."""
    hardware, owner = fleet.hardware(), fleet.organization()
    card = fleet.gateway(owner, fleet.location(owner), hardware, share_logs="wisdm")
    fleet.online(card)
    return hardware


def send_command(hardware: Hardware) -> int:
    """Send a command to a gateway; returns its id."""
    addressee, earlier = fetch(EVERYWHERE, run_shell.addressed(hardware.sn))
    return int(run_shell.run(EVERYWHERE, addressee, earlier, [["uptime"]], 60, "tests", NOW).id)


def _texts(type: str, payload: Callable[[Hardware], Mapping[str, Any]], **members: Any) -> Callable[[Fleet], Operation]:
    """A message of this type, and one of another gateway in the same batch, which must not be affected."""

    def prepare(fleet: Fleet) -> Operation:
        hardware, other = owned_gateway(fleet), owned_gateway(fleet)
        bystander = uplink_message(other, "presence", {"connected": False, "reason": "bye"}, seq=9)
        return QueueDelivery(receive, [uplink_message(hardware, type, payload(hardware), seq=9, **members), bystander])

    return prepare


def _with_encrypted_key(hardware: Hardware) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(json.dumps(_STATUS))
    sealed = device_crypto.encrypt_for_device(device_crypto.cloud_public_key(), f"{hardware.sn}:wifi.key", b"blue-anchor-7")
    values["network"]["lan"]["wifi"]["key"] = {"box": sealed}
    return values


def _result(hardware: Hardware) -> dict[str, Any]:
    values = {"outcome": "EXITED", "exitCodes": [0], "output": "up\n", "truncated": False, "finishedAt": "2026-01-05T10:10:09Z"}
    return {"commandId": send_command(hardware), **values}


def _order_result(hardware: Hardware, kind: OrderKind) -> dict[str, Any]:
    """Give an order to a gateway; returns its result."""
    addressee = fetch(EVERYWHERE, give_order.addressed(hardware.sn, kind))
    if kind == "reboot":
        give_order.reboot(EVERYWHERE, addressee, "tests", NOW)
    elif kind == "password":
        give_order.set_password(EVERYWHERE, addressee, hardware.factory, "StrongPass!2025", "tests", NOW)
    else:
        image = Firmware(model=hardware.factory.model, version="2.2.13", key="firmware/2.2.13", size=1, sha256=_SHA256, added=NOW)
        Firmwares.add(EVERYWHERE, image)
        upgrade.upgrade(EVERYWHERE, addressee, "2.2.13", "tests", NOW)
    action = fetch(EVERYWHERE, Commands.earlier(kind, hardware.sn)).newest
    assert action
    return {"actionId": action.id, "action": kind, "ok": True, "message": ""}


def _sample(minute: str) -> dict[str, Any]:
    return {"bucket": f"2026-01-05T{minute}:00Z", "rssiAvg": -92.4, "snrAvg": 7.9, "uplink": 131, "downlink": 4}


def _applied_and_pending(fleet: Fleet) -> Operation:
    """A gateway has applied one desired section and receives the other."""
    hardware = owned_gateway(fleet)
    desire.set_priority(EVERYWHERE, fetch(EVERYWHERE, desire.monitored(hardware.sn)), "WIFI_ETH_CELLULAR", "tests", NOW)
    desire.set_lan(EVERYWHERE, fetch(EVERYWHERE, desire.monitored(hardware.sn)), _WIFI, "tests", NOW)
    return QueueDelivery(receive, [uplink_message(hardware, "config.reported", {"version": 1, "priority": "WIFI_ETH_CELLULAR"}, seq=9)])


def _monitored_battery(*before: dict[str, Any]) -> Callable[[Fleet], Operation]:
    """The first report of a monitored battery, which adds it to its location's list."""

    def prepare(fleet: Fleet) -> Operation:
        owner, hardware = fleet.organization(), fleet.hardware(model=MODEL)
        fleet.online(fleet.gateway(owner, fleet.location(owner), hardware))
        desire.set_monitoring(EVERYWHERE, fetch(EVERYWHERE, desire.monitored(hardware.sn)), True, "tests", NOW)
        for each in before:
            assert deliver(receive, uplink_message(hardware, "battery", each, seq=7)) == []
        return QueueDelivery(
            receive,
            [uplink_message(hardware, "battery", BATTERY, seq=9), uplink_message(hardware, "battery", {**BATTERY, "soc": 70}, seq=8)],
        )

    return prepare


def _request(_: Hardware) -> dict[str, Any]:
    return {"date": "2026-01-04", "name": "syslog.txt", "sizeBytes": 48211, "sha256": _SHA256}


def _forged_message(fleet: Fleet) -> Operation:
    true = uplink_message(owned_gateway(fleet), "presence", {"connected": True, "reason": ""}, seq=9)
    return QueueDelivery(receive, [UplinkMessage(true.body.replace("true", "false"), true.signature)])


def uplink() -> Iterator[Place]:
    """Every type of uplink message."""
    yield Place("uplink hello", _texts("hello", lambda hardware: hello(hardware, applied=1)))
    yield Place("uplink hello, behind", _texts("hello", lambda hardware: hello(hardware, applied=0), boot=NEXT_BOOT))
    yield Place("uplink presence", _texts("presence", lambda _: {"connected": False, "reason": "bye"}))
    yield Place("uplink dying gasp", _texts("dyingGasp", lambda _: {"at": "2026-01-05T10:09:59Z"}))
    yield Place("uplink config", _texts("config.reported", lambda _: {"version": 0, "errors": []}))
    yield Place("uplink status", _texts("status", lambda _: _STATUS))
    yield Place("uplink status, boxed key", _texts("status", _with_encrypted_key))
    yield Place("uplink command result", _texts("command.result", _result))
    yield Place("uplink config, sections", _applied_and_pending)
    yield Place("uplink battery", _monitored_battery())
    yield Place("uplink battery, listed", _monitored_battery({**BATTERY, "soc": 90}))
    yield Place("uplink performance", _texts("perf", lambda _: {"samples": [_sample("09:50"), _sample("10:00")]}))
    yield Place("uplink action result", _texts("action.result", lambda hardware: _order_result(hardware, "reboot")))
    yield Place(
        "uplink upgrade result", _texts("action.result", lambda hardware: {**_order_result(hardware, "upgrade"), "firmware": "2.2.13"})
    )
    yield Place("uplink syslog request", _texts("syslog.request", _request))
    yield Place("uplink syslog done", _texts("syslog.done", lambda hardware: {"key": f"logs/{hardware.sn}/2026-01-04/syslog.txt.gz"}))
    yield Place("uplink forged", _forged_message)
    yield Place("uplink states", device_places.states)


def _location_configuration(fleet: Fleet) -> Operation:
    """A configuration with credentials for a registered gateway."""
    server = Server(type="LNS", url="wss://lns.example", port=443, authentication="client_token", trust="-", individual=False)
    frequency = Frequency(region="EU868", variation="default", public=True, sub_band="G1")
    place = Location(
        id=to_uuid(new_id()),
        organization=fleet.organization().id,
        name="Pier",
        wisdm=Lorawan(work_mode="Basics station", server=server, frequency=frequency),
    )
    place = manage_locations.create(EVERYWHERE, place, {"token": "blue-anchor-7"})
    hardware = fleet.hardware()
    wanted = register.Registration(hardware.sn, hardware.factory.eui, None, False, lambda names: dict.fromkeys(names, "-"))
    claim.claim(EVERYWHERE, wanted, fetch(EVERYWHERE, register.candidate(place.id, hardware.sn)), NOW)
    return StreamDelivery(dispatch, outbox(hardware))


def _commands(fleet: Fleet) -> Operation:
    """Two commands for one gateway, and between them one for another."""
    hardware, other = owned_gateway(fleet), owned_gateway(fleet)
    send_command(hardware)
    rows = outbox(hardware)
    send_command(other)
    send_command(hardware)
    later = [row for row in outbox(hardware) if row not in rows]
    return StreamDelivery(dispatch, [*rows, *outbox(other), *later])


def _upload_grant(fleet: Fleet) -> Operation:
    hardware = owned_gateway(fleet)
    assert deliver(receive, uplink_message(hardware, "syslog.request", _request(hardware))) == []
    return StreamDelivery(dispatch, outbox(hardware))


def _stored_files(fleet: Fleet) -> Operation:
    """An S3 notification of two files."""
    hardware = owned_gateway(fleet)
    for name in "syslog", "kernel":
        clients.s3().put_object(Bucket="files", Key=f"logs/{hardware.sn}/2026-01-04/{name}.gz", Body=b"\x1f\x8b")
    events = [
        {
            "eventTime": "2026-01-04T23:50:11.123Z",
            "eventName": "ObjectCreated:Put",
            "s3": {"object": {"key": f"logs/{hardware.sn}/2026-01-04/{name}.gz", "size": 48211}},
        }
        for name in ("syslog", "kernel")
    ]
    return QueueDelivery(record, [UplinkMessage(json.dumps({"Records": events}), "")])


def _desired_sections(fleet: Fleet) -> Operation:
    """A section with a secret, and one without."""
    hardware = owned_gateway(fleet)
    desire.set_lan(EVERYWHERE, fetch(EVERYWHERE, desire.monitored(hardware.sn)), _WIFI, "tests", NOW)
    desire.set_priority(EVERYWHERE, fetch(EVERYWHERE, desire.monitored(hardware.sn)), "WIFI_ETH_CELLULAR", "tests", NOW)
    return StreamDelivery(dispatch, outbox(hardware))


def _orders(fleet: Fleet) -> Operation:
    """Each kind of order."""
    hardware = owned_gateway(fleet)
    for kind in get_args(OrderKind):
        _order_result(hardware, kind)
    return StreamDelivery(dispatch, outbox(hardware))


def _gateway_with_files(fleet: Fleet) -> tuple[Card, list[dict[str, Any]]]:
    """A gateway, and the rows of two files that it has stored."""
    hardware = owned_gateway(fleet)
    card = fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).card
    for name in ("kernel", "syslog"):
        key = f"logs/{card.sn}/2026-01-04/{name}.gz"
        clients.s3().put_object(Bucket="files", Key=key, Body=b"log")
        Logs.record(EVERYWHERE, card.organization, card.sn, LogFile(key=key, size=3, modified=NOW))
    return card, [dict(row) for row in table.query(EVERYWHERE, None, "Row", "pk = :pk", {"pk": f"LOGS#{card.organization}#{card.sn}"})]


def _expired_files(fleet: Fleet) -> Operation:
    _, rows = _gateway_with_files(fleet)
    for row in rows:
        transact([Write.delete((row["pk"]["S"], row["sk"]["S"]), None)])
    return StreamDelivery(expire, rows, "REMOVE")


def _longer_retention(fleet: Fleet) -> Operation:
    card, _ = _gateway_with_files(fleet)
    known = fetch(EVERYWHERE, desire.configured(card.sn))
    desire.set_syslog(EVERYWHERE, known, {"wisdmLogsRotationCycle": 60}, "tests", NOW)
    return StreamDelivery(
        expire, [dict(row) for row in table.query(EVERYWHERE, None, "Row", "pk = :pk", {"pk": f"{NOTICES}{card.organization}#{card.sn}"})]
    )


def _points(_: Fleet) -> Operation:
    """Reports of two devices over two days, not yet summarised."""
    times = [NOW - timedelta(hours=hours) for hours in (25, 24.5, 2, 1, 0)]
    keys = [add_point(at, cpu=20, device=device) for at in times for device in ("1" * 24, "2" * 24)] + [add_bucket(at) for at in times]
    return StreamDelivery(settle, [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys])


def _letters(fleet: Fleet) -> Operation:
    """Letters to each worker, two to one of them, a message to a gateway, and changes of two directories."""
    hardware, owner = owned_gateway(fleet), fleet.organization().id
    send_command(hardware)
    letters = [Letter(id=new_id(), organization=owner, group=owner, body={"number": number}) for number in range(4)]
    writers = (Letters.jobs_writes, Letters.callbacks_writes, Letters.mail_writes, Letters.jobs_writes)
    transact([write for send, letter in zip(writers, letters, strict=True) for write in send(EVERYWHERE, letter)])
    written = [row for name in ("Jobs", "Callbacks", "Mail") for row in partition("FleetTable", f"{PREFIX}{name}#{owner}")]
    recent = [{"pk": {"S": f"DIR#device#{owner}"}, "sk": {"S": f"R#{number}"}} for number in range(2)]
    return StreamDelivery(relay, [*recent, *written, *outbox(hardware), {"pk": {"S": f"DIR#group#{owner}"}, "sk": {"S": "R#0"}}])


def others() -> Iterator[Place]:
    """Relayed letters, downlink messages, S3 notifications, expired rows, and summaries."""
    yield Place("outbox relay", _letters)
    yield Place("downlink configuration", _location_configuration)
    yield Place("downlink sections", _desired_sections)
    yield Place("downlink commands", _commands)
    yield Place("downlink orders", _orders)
    yield Place("downlink grant", _upload_grant)
    yield Place("downlink device command", device_places.command)
    yield Place("files record", _stored_files)
    yield Place("files expire", _expired_files)
    yield Place("files retain", _longer_retention)
    yield Place("series rollup", _points)
    yield Place("directory fold", directory_places.changed_directory)
