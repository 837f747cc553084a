"""Devices that an application has by other APIs: things, and gateways."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

from fleet.access import EVERYWHERE
from fleet.alerts.alert import MISSED
from fleet.alerts.fold import fold
from fleet.registry import edit_device, manage_groups
from muster.operator import device, gateway, thing
from muster.operator.keyring import Identity

_SPARE = gateway.GatewayRequest(sn="918100A1B2C3D4E0FD", eui="ac1f09fffe0a1bfd", model="RAK7289CV2", mac="AC:1F:09:0A:1B:FD")


def alerting_thing(owner: str, tuid: str, group: str) -> str:
    """Create a thing, in a group of its own, that has missed heartbeats; the id of its device."""
    thing.provision(thing.ThingRequest(tuid, owner, "sensor"))
    id = device.find({"tuid": tuid}).id
    edit_device.move_to_group(EVERYWHERE, id, manage_groups.create(EVERYWHERE, owner, group, ""), datetime.now(UTC))
    now = time.time()
    fold(EVERYWHERE, tuid, lambda tracker: tracker.alert(MISSED, now, now))
    return id


def spare_gateway(owner: str) -> str:
    """Provision a gateway that is in no location; the id of its device."""
    return device.find({"sn": gateway.provision(replace(_SPARE, organization=owner)).sn}).id


def of_gateway(identity: Identity) -> str:
    """The id of a gateway's device."""
    return device.find({"sn": identity.sn}).id
