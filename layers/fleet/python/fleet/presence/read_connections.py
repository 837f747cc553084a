"""Reads the connections of devices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fleet.access import Reach
from fleet.aws.reads import Read, every, fetch
from fleet.grants import uses
from fleet.registry.connection import Connection, Link
from fleet.registry.gateways import Gateways


@uses(Gateways.link)
def connections_read(devices: Mapping[str, str], now: datetime) -> Read[dict[str, Connection]]:
    """The connections of devices, by their ids: `devices` has the serial numbers of those that have one, by their ids. Two items each.

    Those that have never been connected are missing, and so is every device without a serial number: only a gateway has a connection of
    its own.
    """

    def judge(links: Mapping[str, Link | None]) -> dict[str, Connection]:
        found = {id: link.at(now) for id, sn in devices.items() if (link := links[sn]) is not None and link.gateway.card.id == id}
        return {id: connection for id, connection in found.items() if connection is not None}

    return every({sn: Gateways.link(sn).optional() for sn in devices.values()}).map(judge)


@uses(connections_read)
def connections(reach: Reach, devices: Mapping[str, str], now: datetime) -> dict[str, Connection]:
    """The same, read: one request for fifty devices, none where no device has a serial number."""
    return fetch(reach, connections_read(devices, now)) if devices else {}
