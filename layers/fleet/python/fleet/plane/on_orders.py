"""Handles reports of gateways on their radio, on commands and on orders, and sends commands again that a gateway has not carried out."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.aws.reads import Read, both, every, fetch, nothing
from fleet.aws.series_rows import RETENTION
from fleet.commands import run_shell
from fleet.commands.command import Command
from fleet.commands.commands import Commands, Earlier
from fleet.commands.send_again import send_again
from fleet.grants import uses
from fleet.outbox.message import IN_QUEUE
from fleet.plane.arrival import STALE, TAKEN, Arrival, Receipt
from fleet.plane.envelope import AHEAD, Rejected
from fleet.plane.gateway_messages import CommandResult
from fleet.plane.radio_messages import ActionResult, Performance
from fleet.plane.uplink import uplink
from fleet.telemetry.perf import Perf


@uses(Commands.by_number)
def _command(sn: str, payload: CommandResult) -> Read[Command | None]:
    return Commands.by_number(sn, payload.command).optional()


@uplink("gateway.command.result", CommandResult, reads=_command)
@uses(Commands.finish)
def command_result(arrival: Arrival, payload: CommandResult, command: Command | None) -> Receipt:
    """Close a command, where it is unfinished and its deadline has not passed."""
    if command is None or command.device != arrival.card.id:
        return Receipt("Ignored", "unknown command")
    if payload.outcome == "EXITED" and len(payload.exit_codes) != len(command.payload["stages"]):
        raise Rejected("malformed")
    if command.at(arrival.now) == "expired":
        return Receipt("Ignored", "too late")
    return TAKEN if Commands.finish(arrival.reach, command, *run_shell.outcome_of(command, payload)) else STALE


@uses(Commands.earlier)
def _order(sn: str, payload: ActionResult) -> Read[Earlier]:
    return Commands.earlier(payload.action, sn)


@uplink("gateway.perf", Performance, reads=nothing)
@uses(Perf.store)
def performance(arrival: Arrival, payload: Performance, _: None) -> Receipt:
    """Store the samples with a possible time: not ahead of the message's receipt, nor older than the retention.

    One that breaks a rule is refused alone.
    """
    since, until = arrival.received - RETENTION, arrival.received + AHEAD
    valid, malformed = payload.judge()
    samples = [each.sample() for each in valid if since < each.bucket <= until]
    card = arrival.card
    stored = Perf.store(arrival.reach, card.organization, card.id, arrival.mark, samples)
    if malformed:
        return Receipt.in_part({"malformed": {"samples": malformed}})
    return TAKEN if stored else STALE


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


@dataclass(frozen=True)
class Waiting:
    """What a gateway may not have carried out yet: its newest upgrade, and its shell commands."""

    upgrade: Earlier
    shell: Earlier


@uses(Commands.earlier)
def waiting(sn: str) -> Read[Waiting]:
    """What a gateway may not have carried out yet."""
    return both(Commands.earlier("upgrade", sn), Commands.earlier("shell", sn)).map(lambda parts: Waiting(*parts))


@uses(Commands.finish)
def complete(arrival: Arrival, upgrade: Earlier, firmware: str) -> None:
    """Close the upgrade to the firmware that a gateway reports after its start."""
    order = upgrade.newest
    if order is not None and order.device == arrival.card.id and order.open and order.payload["version"] == firmware:
        Commands.finish(arrival.reach, order, "done", "")


@uses(Commands.by_number)
def _outlasting(arrival: Arrival, shell: Earlier) -> list[Command]:
    """The shell commands that are so near their end that the queue may have forgotten them: few are, and only those are read."""
    now = arrival.received.timestamp()
    ids = [id for id, expires in shell.open.items() if 0 <= expires - now < run_shell.LONGEST + run_shell.GRACE - IN_QUEUE]
    reads = {id: Commands.by_number(arrival.card.sn, int(id)).optional() for id in ids}
    return [command for command in fetch(arrival.reach, every(reads)).values() if command is not None]


@uses(_outlasting, send_again)
def resume(arrival: Arrival, known: Waiting, reconnected: bool, firmware: str | None = None) -> None:
    """Send a gateway that was heard what its queue has forgotten: its upgrade, unless it runs on it, and shell commands."""
    order, at = known.upgrade.newest, arrival.mark.heard
    orders = [order] if order is not None and order.payload["version"] != firmware else []
    for command in [*orders, *_outlasting(arrival, known.shell)]:
        if command.device == arrival.card.id and command.open and command.is_lost(at, reconnected):
            send_again(arrival.reach, command, at)
