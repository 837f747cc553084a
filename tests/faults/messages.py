"""The workers' places: a message of every type, a row of the outbox of every type, a file, and the operator's writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fleet import device_crypto
from fleet.access import EVERYWHERE
from fleet.ids import new_id, to_uuid
from fleet.model.location import Frequency, Location, Server
from fleet.services import commands, gateways, locations
from fleet.store.ask import fetch
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.files.record import handler as record
from functions.workers.uplink.receive import handler as receive
from muster.operator import api_key, gateway, organization
from tests.faults.places import Deed, Delivered, Operated, Place, Streamed
from tests.harness.fleet import Box, Fleet
from tests.workers.device import NEXT_BOOT, NOW, Letter, deliver, hello, letter, outbox

_SHA256 = "ab" * 32
_STATUS: dict[str, Any] = {
    "system": {"uptime": 86400, "cpu": 21, "memory": 47},
    "network": {
        "lan": {
            "subnet": "192.168.230.1/24",
            "ethernet": {"enabled": False},
            "wifi": {"enabled": True, "ssid": "pier", "encryption": "WPA2-PSK", "key": "blue-anchor-7", "channel": "Auto", "hidden": False},
        }
    },
}


def owned(fleet: Fleet) -> Box:
    """A gateway in a location, online, that shares its logs."""
    box, owner = fleet.box(), fleet.organization()
    card = fleet.gateway(owner, fleet.location(owner), box, share_logs="wisdm")
    fleet.online(card)
    return box


def commanded(box: Box) -> int:
    """Have a command accepted for a gateway; its id."""
    addressee, head = fetch(EVERYWHERE, commands.addressed(box.sn))
    return commands.accept(EVERYWHERE, addressee, head, [["uptime"]], 60, NOW).id


def _told(type: str, payload: Callable[[Box], Mapping[str, Any]], **members: Any) -> Callable[[Fleet], Deed]:
    """A message of this type, and one of another gateway in the same batch, which must not suffer from it."""

    def prepare(fleet: Fleet) -> Deed:
        box, other = owned(fleet), owned(fleet)
        bystander = letter(other, "presence", {"connected": False, "reason": "bye"}, seq=9)
        return Delivered(receive, [letter(box, type, payload(box), seq=9, **members), bystander])

    return prepare


def _boxed(box: Box) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(json.dumps(_STATUS))
    sealed = device_crypto.box(device_crypto.cloud_public_key(), f"{box.sn}:wifi.key", b"blue-anchor-7")
    told["network"]["lan"]["wifi"]["key"] = {"box": sealed}
    return told


def _result(box: Box) -> dict[str, Any]:
    told = {"outcome": "EXITED", "exitCodes": [0], "output": "up\n", "truncated": False, "finishedAt": "2026-01-05T10:10:09Z"}
    return {"commandId": commanded(box), **told}


def _request(_: Box) -> dict[str, Any]:
    return {"date": "2026-01-04", "name": "syslog.txt", "sizeBytes": 48211, "sha256": _SHA256}


def _forged(fleet: Fleet) -> Deed:
    true = letter(owned(fleet), "presence", {"connected": True, "reason": ""}, seq=9)
    return Delivered(receive, [Letter(true.body.replace("true", "false"), true.signature)])


def uplink() -> Iterator[Place]:
    """Every type of message that gateways send."""
    yield Place("uplink hello", _told("hello", lambda box: hello(box, applied=1)))
    yield Place("uplink hello, behind", _told("hello", lambda box: hello(box, applied=0), boot=NEXT_BOOT))
    yield Place("uplink presence", _told("presence", lambda _: {"connected": False, "reason": "bye"}))
    yield Place("uplink dying gasp", _told("dyingGasp", lambda _: {"at": "2026-01-05T10:09:59Z"}))
    yield Place("uplink config", _told("config.reported", lambda _: {"version": 0, "errors": []}))
    yield Place("uplink status", _told("status", lambda _: _STATUS))
    yield Place("uplink status, boxed key", _told("status", _boxed))
    yield Place("uplink command result", _told("command.result", _result))
    yield Place("uplink syslog request", _told("syslog.request", _request))
    yield Place("uplink forged", _forged)


def _configured(fleet: Fleet) -> Deed:
    """A configuration with credentials, for a gateway that was registered as the route does it."""
    server = Server(type="LNS", url="wss://lns.example", port=443, authentication="client_token", trust="-", individual=False)
    frequency = Frequency(region="EU868", variation="default", public=True, sub_band="G1")
    place = Location(
        id=to_uuid(new_id()),
        organization=fleet.organization().id,
        name="Pier",
        work_mode="Basics station",
        server=server,
        frequency=frequency,
    )
    place = locations.create(EVERYWHERE, place, {"token": "blue-anchor-7"})
    box = fleet.box()
    wanted = gateways.Registration(box.sn, box.factory.eui, None, False, lambda names: dict.fromkeys(names, "-"))
    gateways.register(EVERYWHERE, wanted, fetch(EVERYWHERE, gateways.candidate(place.id, box.sn)), NOW)
    return Streamed(dispatch, outbox(box))


def _ordered(fleet: Fleet) -> Deed:
    """Two commands for one gateway, between them one for another."""
    box, other = owned(fleet), owned(fleet)
    commanded(box)
    rows = outbox(box)
    commanded(other)
    commanded(box)
    later = [row for row in outbox(box) if row not in rows]
    return Streamed(dispatch, [*rows, *outbox(other), *later])


def _granted(fleet: Fleet) -> Deed:
    box = owned(fleet)
    assert deliver(receive, letter(box, "syslog.request", _request(box))) == []
    return Streamed(dispatch, outbox(box))


def _stored(fleet: Fleet) -> Deed:
    """A notice of two files."""
    box = owned(fleet)
    events = [
        {
            "eventTime": "2026-01-04T23:50:11.123Z",
            "eventName": "ObjectCreated:Put",
            "s3": {"object": {"key": f"logs/{box.sn}/2026-01-04/{name}.gz", "size": 48211}},
        }
        for name in ("syslog", "kernel")
    ]
    return Delivered(record, [Letter(json.dumps({"Records": events}), "")])


def others() -> Iterator[Place]:
    """What leaves for gateways, and what S3 tells of."""
    yield Place("downlink configuration", _configured)
    yield Place("downlink commands", _ordered)
    yield Place("downlink grant", _granted)
    yield Place("files record", _stored)


def operator() -> Iterator[Place]:
    """The operator's writes."""
    yield Place("organization create", lambda _: Operated(lambda: organization.create("Harbour", "harbour")))
    yield Place("api-key create", _key)
    yield Place("gateway provision", _provision)


def _key(fleet: Fleet) -> Deed:
    owner = fleet.organization()
    return Operated(lambda: api_key.create(api_key.Wanted(organization=owner.slug, name="deploy", access="READ_ONLY", days=30)))


def _provision(fleet: Fleet) -> Deed:
    owner = fleet.organization()
    wanted = gateway.Wanted(
        sn="918100A1B2C3D4E502", eui="ac1f09fffe0a1b2d", model="RAK7268V2", mac="AC:1F:09:0A:1B:2D", organization=owner.slug
    )
    return Operated(lambda: gateway.provision(wanted))
