"""Stores when gateways connect and leave (device-plane.md 3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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
    """Whether a message counts for the connection: as it does for the reports (`fleet.presence.report_presence`).

    They may have it already, from a delivery in which the function died before it came here.
    """
    newest = known.gateway.reports.newest
    returns = sign.explicit or (newest is not None and (not newest.connected or newest.mark == sign.mark))
    return sign.type in _REPORTS or (sign.card.tuid is not None and returns)


@uses(Connections.add, Counts.add)
def _store(reach: Reach, sign: Sign, changes: Sequence[Change]) -> None:
    """Store changes and count them: those of a day at once, so that they are counted once if this is repeated."""
    card, days = sign.card, dict[datetime, Counter[str]]()
    for change in changes:
        Connections.add(reach, card.organization, card.id, change)
        day = datetime.fromtimestamp(change.at / 1000, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        days.setdefault(day, Counter())["deviceConnect" if change.connected else "deviceDisconnect"] += 1
    for day, counted in days.items():
        Counts.add(reach, card.organization, card.id, day, f"{sign.mark.boot} {sign.mark.seq}", **counted)


@uses(_store, Gateways.report_connection)
def _follow(reach: Reach, sign: Sign, known: Link) -> None:
    """Store what a message changes. The history comes first, so that it is complete where the gateway's row has the change.

    A function that dies after it has stored a report of a gateway that was silent loses what the report shows of the silence.
    """
    changes = known.changes(sign.mark, sign.there) if _counts(sign, known) else []
    if not changes:
        return
    _store(reach, sign, changes)
    connection = known.last or Connection(False, 0)
    for change in changes:
        connection = connection.after(*change)
    Gateways.report_connection(reach, sign.card, sign.mark, connection)


SUBSCRIBER = Subscriber(reads=Gateways.link, follow=_follow, handled=frozenset())
