"""Has WisDM show as OFFLINE or ONLINE a gateway whose connection other messages than its reports are about.

A gateway that has a serial number alone is judged by its reports, and nothing is done for it here.
"""

from __future__ import annotations

from fleet.access import Reach
from fleet.grants import uses
from fleet.presence.presence import Sign, Subscriber
from fleet.registry.gateways import Gateways
from fleet.registry.reports import Presence, Reports


@uses(Gateways.report)
def _follow(reach: Reach, sign: Sign, known: Reports) -> None:
    """Report what the message says of the connection; any other message ends the absence that it is newer than."""
    newest = known.newest
    ends_absence = newest is not None and not newest.connected and sign.mark.newer_than(newest.mark)
    if sign.card.tuid is not None and (sign.explicit or ends_absence):
        Gateways.report(reach, sign.card, Presence(sign.mark, connected=sign.there))


_REPORTS = frozenset({"gateway.hello", "gateway.presence", "gateway.status", "gateway.dyingGasp"})
SUBSCRIBER = Subscriber(reads=Gateways.card_reports, follow=_follow, handled=_REPORTS)
