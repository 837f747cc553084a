"""A gateway of both APIs: registered through WisDM and provisioned with a TUID."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.registry.gateways import Gateways
from functions.wisdm.gateway.get_status import handler as get_status
from functions.wisdm.gateway.list import handler as list_gateways
from functions.wisdm.gateway.register import handler as register
from functions.workers.uplink.receive import handler as receive
from tests.harness.call import call
from tests.harness.fleet import Fleet, Hardware
from tests.harness.thingsee_world import ThingseeWorld
from tests.operator.console import Console
from tests.workers.messages import NOW, UplinkMessage, deliver, hello, uplink_message
from tests.workers.thing_messages import alerting_tuids, connection_message, things_message

SN, EUI, TUID = "918100A1B2C3D4E501", "ac1f09fffe0a1b2c", "TSGW02A1B2C3D4E01"


class SharedGateway:
    """A provisioned and registered gateway that has applied its configuration."""

    def __init__(self, muster: Console, fleet: Fleet) -> None:
        self.thingsee_world, self.muster = ThingseeWorld.of(fleet), muster
        self.fleet, self.organization = fleet, self.thingsee_world.organization
        self.location = fleet.location(self.organization)
        self.key = fleet.key(self.organization)
        provision = ("gateway", "provision", "--sn", SN, "--eui", EUI, "--model", "RAK7289CV2", "--mac", "AC:1F:09:0A:1B:2C")
        provisioned = muster(*provision, "--json").json
        answer = call(register, {"locationId": self.location.id}, key=self.key, body={"sn": SN, "eui": EUI})
        assert answer.status == 201
        factory, _ = fetch(EVERYWHERE, Gateways.identity(SN))
        assert factory is not None
        signing, sealing = (base64.b64decode(provisioned[name]) for name in ("privateSigningKey", "privateSealingKey"))
        self.hardware = Hardware(factory, Ed25519PrivateKey.from_private_bytes(signing), X25519PrivateKey.from_private_bytes(sealing))
        self.report("hello", hello(self.hardware), 1, NOW - timedelta(minutes=9))

    def provision_thing(self) -> None:
        slug = self.organization.slug
        done = self.muster("thing", "provision", "--tuid", TUID, "--organization", slug, "--kind", "gateway", "--sn", SN)
        assert done.code == 0, done

    def report(self, type: str, payload: Any, seq: int, at: datetime) -> UplinkMessage:
        """Deliver a `gateway.…` message."""
        return self.deliver(uplink_message(self.hardware, type, payload, seq=seq, sent=at, received=at))

    def report_connection(self, event: int, ts: int, seq: int) -> UplinkMessage:
        """Deliver a Thingsee connection message."""
        return self.deliver(things_message(self.hardware, connection_message(TUID, event, ts), seq=seq))

    def deliver(self, message: UplinkMessage) -> UplinkMessage:
        assert deliver(receive, message) == []
        return message

    @property
    def states(self) -> tuple[str, list[str]]:
        """Its status in the WisDM API, and the alerting things of the Thingsee API."""
        status = call(get_status, {"sn": SN}, key=self.key).json["status"]
        (listed,) = call(list_gateways, {"locationId": self.location.id}, key=self.key).json["gateways"]
        assert listed["status"] == status
        return status, alerting_tuids(self.thingsee_world)
