"""Handles reports of gateways on their radio and on orders, and sends orders again that wait for a gateway to reconnect."""

from __future__ import annotations

from fleet.aws.reads import Read, fetch, nothing
from fleet.aws.series_rows import RETENTION
from fleet.commands.commands import Commands, Earlier
from fleet.configuration.upgrade import message_at
from fleet.grants import uses
from fleet.outbox.messages import Downlinks
from fleet.plane.arrival import STALE, TAKEN, Arrival, Receipt
from fleet.plane.envelope import AHEAD
from fleet.plane.radio_messages import ActionResult, Performance
from fleet.plane.uplink import uplink
from fleet.telemetry.perf import Perf


def _order(sn: str, payload: ActionResult) -> Read[Earlier]:
    return Commands.earlier(payload.action, sn)


@uplink("gateway.perf", Performance, reads=nothing)
@uses(Perf.store)
def performance(arrival: Arrival, payload: Performance, _: None) -> Receipt:
    """Store the samples with a possible time: not ahead of the message's receipt, nor older than the retention."""
    since, until = arrival.received - RETENTION, arrival.received + AHEAD
    samples = [each.sample() for each in payload.samples if since < each.bucket <= until]
    card = arrival.card
    return TAKEN if Perf.store(arrival.reach, card.organization, card.id, arrival.mark, samples) else STALE


@uplink("gateway.action.result", ActionResult, reads=_order)
@uses(Commands.finish)
def result(arrival: Arrival, payload: ActionResult, earlier: Earlier) -> Receipt:
    """Close an order. The message about a password is not stored: it could be the password."""
    order = earlier.newest
    if order is None or (order.id, order.device) != (payload.id, arrival.card.id):
        return Receipt("Ignored", "unknown action")
    other = order.kind == "upgrade" and payload.firmware not in (None, order.payload["version"])
    message = "" if order.kind == "password" else payload.message
    return TAKEN if Commands.finish(arrival.reach, order, "done" if payload.ok and not other else "failed", message) else STALE


@uses(Commands.finish, Downlinks.send_once)
def resume(arrival: Arrival, upgrade: Earlier, firmware: str | None = None) -> None:
    """A gateway has reconnected, or started anew and reports its firmware: close the upgrade to it, or send it again if it has not run.

    A message that is not taken within five minutes is gone, so one is sent again in the next five at the earliest.
    """
    order = upgrade.newest
    if order is None or order.device != arrival.card.id or not order.open:
        return
    if firmware == order.payload["version"]:
        Commands.finish(arrival.reach, order, "done", "")
    else:
        Downlinks.send_once(arrival.reach, message_at(order, arrival.received))


@uses(fetch, resume)
def resume_after_silence(arrival: Arrival) -> None:
    """A gateway that was away until now reports, as few messages do: only then its upgrade is looked up."""
    resume(arrival, fetch(arrival.reach, Commands.earlier("upgrade", arrival.card.sn)))
