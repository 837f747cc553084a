"""What gateways say of their radio and of orders, taken in; and orders that wait for a gateway to come back."""

from __future__ import annotations

from fleet.aws.reads import fetch
from fleet.aws.series_rows import KEPT
from fleet.commands import give_order
from fleet.commands.order import State
from fleet.commands.orders import Actions, Latest
from fleet.grants import uses
from fleet.outbox.messages import Downlinks
from fleet.plane.arrival import STALE, TAKEN, Arrival, Receipt
from fleet.plane.envelope import AHEAD
from fleet.plane.radio_messages import ActionResult, Performance
from fleet.telemetry.perf import Perf


@uses(Perf.keep)
def performance(arrival: Arrival, told: Performance) -> Receipt:
    """Keep the samples of times that can be: not ahead of the message's receipt, nor so old that they would be gone."""
    since, until = arrival.received - KEPT, arrival.received + AHEAD
    samples = [each.sample() for each in told.samples if since < each.bucket <= until]
    card = arrival.card
    return TAKEN if Perf.keep(arrival.reach, card.organization, card.id, arrival.mark, samples) else STALE


@uses(Actions.finish)
def result(arrival: Arrival, told: ActionResult) -> Receipt:
    """Close an order. What a gateway says of a password is not kept: it could be the password."""
    action = Actions.latest(arrival.card.sn, told.action).parse(arrival.reach, arrival.found).action
    if action is None or action.id != told.id:
        return Receipt("Ignored", "unknown action")
    other = action.kind == "upgrade" and told.firmware not in (None, action.version)
    state: State = "DONE" if told.ok and not other else "FAILED"
    message = "" if action.kind == "password" else told.message
    return TAKEN if Actions.finish(arrival.reach, action, state, message) else STALE


@uses(Actions.finish, Downlinks.send_once)
def _resume(arrival: Arrival, latest: Latest, firmware: str | None) -> None:
    """Close the upgrade that a gateway which is back runs on now, or send one that it has not carried out once more.

    A message that is not taken within five minutes is gone, so one is sent again in the next five at the earliest.
    """
    action = latest.action
    if action is None or action.state != "PENDING":
        return
    if firmware == action.version:
        Actions.finish(arrival.reach, action, "DONE", "")
    else:
        Downlinks.send_once(arrival.reach, give_order.upgrade_message(action, arrival.received))


@uses(_resume)
def back(arrival: Arrival, firmware: str | None = None) -> None:
    """A gateway has come back, or started anew and says what it runs: its upgrade goes on."""
    _resume(arrival, Actions.latest(arrival.card.sn, "upgrade").parse(arrival.reach, arrival.found), firmware)


@uses(fetch, _resume)
def heard(arrival: Arrival) -> None:
    """A gateway that was away until now reports, which few messages find: only then its upgrade is looked for."""
    _resume(arrival, fetch(arrival.reach, Actions.latest(arrival.card.sn, "upgrade")), None)
