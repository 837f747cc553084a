"""Stores when gateways connect and leave (device-plane.md 3)."""

from __future__ import annotations

from datetime import UTC, datetime

from fleet.access import Reach
from fleet.grants import uses
from fleet.presence.presence import Sign, Subscriber
from fleet.registry.connection import Change, Connection, Link
from fleet.registry.gateways import Gateways
from fleet.telemetry.connections import Connections
from fleet.telemetry.counts import Counts

_REPORTS = frozenset({"gateway.hello", "gateway.presence", "gateway.status", "gateway.dyingGasp", "gateway.config.reported"})
"""The types of messages that are stored as reports. A gateway counts as heard with these alone."""


def _counts(sign: Sign, known: Link) -> bool:
    """Whether a message counts for the connection: as it does for the reports (`fleet.presence.report_presence`)."""
    newest = known.gateway.reports.newest
    returns = sign.explicit or (newest is not None and not newest.connected)
    return sign.type in _REPORTS or (sign.card.tuid is not None and returns)


@uses(Connections.add, Counts.add)
def _store(reach: Reach, sign: Sign, change: Change) -> None:
    card = sign.card
    if Connections.add(reach, card.organization, card.id, change):
        counter = "deviceConnect" if change.connected else "deviceDisconnect"
        at = datetime.fromtimestamp(change.at / 1000, UTC)
        Counts.add(reach, card.organization, card.id, at, f"{change.at} {counter}", **{counter: 1})


@uses(_store, Gateways.report_connection)
def _follow(reach: Reach, sign: Sign, known: Link) -> None:
    """Store what a message changes. The history comes first, so that it is complete where the gateway's row has the change.

    A function that dies after it has stored a report of a gateway that was silent loses what the report shows of the silence.
    """
    changes = known.changes(sign.mark, sign.there) if _counts(sign, known) else []
    connection = known.last or Connection(False, 0)
    for change in changes:
        _store(reach, sign, change)
        connection = connection.after(*change)
    if changes:
        Gateways.report_connection(reach, sign.card, sign.mark, connection)


SUBSCRIBER = Subscriber(reads=Gateways.link, follow=_follow, handled=frozenset())
