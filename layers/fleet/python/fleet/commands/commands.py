"""Commands: all rows of an address share a partition. See `Kind.memory` for which commands of a kind are stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from fleet.access import Reach, Unplaced
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, both, reads_rows, unchecked_item
from fleet.aws.writes import NEW, Write, attempt, delete_each
from fleet.commands.command import Command, Outcome
from fleet.commands.kinds import KINDS
from fleet.grants import ANY, needs
from fleet.outbox.message import CommandKind, CommandName
from fleet.registry.thing import Thing
from fleet.registry.things import state_key

_ITEMS = Items(Command, "Command", beside=("state", "attempts", "queued_at", "result"))
_OPEN, _OPEN_VALUES = "#state IN (:queued, :sent)", {"queued": {"S": "queued"}, "sent": {"S": "sent"}}
"""The condition that a command has no outcome, and its values."""


@dataclass(frozen=True)
class Earlier(Unplaced):
    """What is stored of an address's commands of one kind, before another.

    `id` is that of the newest, or empty. `newest` is that command where it is the only one that is stored, and of an organization that
    the reach covers. `open` has the ids of those without an outcome, where their number is limited, and when they expire (Unix seconds).
    """

    id: str = ""
    newest: Command | None = None
    open: Mapping[str, float] = field(default_factory=dict)

    @property
    def number(self) -> int:
        """The newest id of a kind whose ids are numbers, or 0."""
        return int(self.id or 0)

    def at(self, now: datetime) -> Earlier:
        """The same without what has expired by then."""
        return replace(self, open={id: expires for id, expires in self.open.items() if expires >= now.timestamp()})


def _partition(address: str) -> str:
    return f"COMMANDS#{address}"


class Commands:
    """Commands (access-patterns.md C1 to C10)."""

    @staticmethod
    @reads_rows(_partition(ANY))
    def earlier(kind: CommandKind, address: str) -> Read[Earlier]:
        """C1: what is stored of the commands of a kind, with the credential. It does not tell whose device that is."""
        row = unchecked_item(_head_key(kind, address))
        if KINDS[kind].memory == "newest":
            newest = _ITEMS.one(_head_key(kind, address)).optional()
            return both(row, newest).map(lambda parts: Earlier(_id(parts[0]), parts[1]))
        return row.map(lambda head: Earlier(_id(head), open=_open(head)))

    @staticmethod
    @reads_rows(_partition(ANY))
    def by_number(sn: str, number: int) -> Read[Command]:
        """C2: one shell command of one gateway, with the credential."""
        return _ITEMS.one(_key(CommandName(address=sn, device="", kind="shell", id=str(number))))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[_partition(ANY)])
    def accept_writes(reach: Reach, command: Command, earlier: Earlier) -> list[Write]:
        """C3: the writes of a new command. They fail when another of its kind was accepted meanwhile, or an open one ended."""
        kind = KINDS[command.kind]
        row = _ITEMS.attributes(reach, command) | {"id": {"S": command.id}}
        if kind.lifetime is not None:
            row["ttl"] = {"N": str(int(command.accepted.timestamp()) + kind.lifetime)}
        if kind.memory == "newest":
            return [Write.put(_key(command.name), row, **_unchanged(command.kind, earlier))]
        head: dict[str, Any] = {"id": {"S": command.id}}
        if kind.limit is not None and command.expires is not None:
            head["open"] = _expiries({**earlier.at(command.accepted).open, command.id: command.expires.timestamp()})
        newest = Write.put(_head_key(command.kind, command.address), head, **_unchanged(command.kind, earlier))
        return [Write.put(_key(command.name), row), newest]

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[_partition(ANY)])
    def finish(reach: Reach, command: Command, state: Outcome, result: str) -> bool:
        """C4: the outcome of a command; the first one stays, and False is returned for any other, and for a command that is replaced."""
        change, values = "SET #state = :after, #result = :result", {"after": {"S": state}, "result": {"S": result}}
        outcome = _update(reach, command.organization, command.name, change, _OPEN, names={"#result": "result"}, **_OPEN_VALUES, **values)
        if KINDS[command.kind].limit is None:
            return attempt(outcome)
        head = _head_key(command.kind, command.address)
        return attempt(outcome, Write.update(head, "REMOVE #open.#id", names={"#open": "open", "#id": command.id}))

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[_partition(ANY)])
    def queue_writes(reach: Reach, command: Command, at: int) -> list[Write]:
        """C10: the writes of an open command whose message is put into the outbox again, at this Unix ms.

        They fail when it has an outcome, is replaced, or was put there meanwhile.
        """
        before = {} if command.queued_at is None else {"before": {"N": str(command.queued_at)}}
        condition = f"{_OPEN} AND {'queued_at = :before' if before else 'attribute_not_exists(queued_at)'}"
        change = "SET queued_at = :at"
        return [_update(reach, command.organization, command.name, change, condition, **_OPEN_VALUES, **before, at={"N": str(at)})]

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem", keys=[_partition(ANY)])
    def mark_sent(reach: Reach, organization: str, command: CommandName, message: str) -> None:
        """C5: an open command's message (id) is in the gateway's queue: one more attempt, but for the message that was counted last."""
        change = "SET #state = :sent, last_message = :message ADD attempts :one"
        condition = f"{_OPEN} AND (attribute_not_exists(last_message) OR last_message <> :message)"
        attempt(_update(reach, organization, command, change, condition, **_OPEN_VALUES, message={"S": message}, one={"N": "1"}))

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", keys=[_partition(ANY)])
    def between(reach: Reach, thing: Thing, start: int, end: int) -> Iterator[Command]:
        """C7: a thing's message commands accepted from one Unix second to another, both included, newest first."""
        first, last = (_key(_message(thing, number)) for number in (start * 1000, end * 1000 + 999))
        values = {"pk": first[0], "first": first[1], "last": last[1]}
        if start <= end:
            rows = table.query(reach, thing.organization, "Thing", "pk = :pk AND sk BETWEEN :first AND :last", values, backward=True)
            yield from map(_ITEMS.parse, rows)

    @staticmethod
    @needs("FleetTable", "dynamodb:Query", "dynamodb:DeleteItem", keys=[_partition(ANY)])
    def forget(reach: Reach, organization: str, address: str) -> None:
        """C6: delete all commands under an address of a device that is deleted. Doing it again changes nothing."""
        reach.demand_change(organization, "Device")
        delete_each(table.query(reach, organization, "Device", "pk = :pk", {"pk": _partition(address)}))

    @staticmethod
    @needs("FleetTable", "dynamodb:ConditionCheckItem", keys=[_partition(ANY)])
    def unchanged_checks(reach: Reach, thing: Thing, earlier: Earlier) -> list[Write]:
        """C9: the check of a transaction that the thing was given no message command meanwhile."""
        reach.demand_change(thing.organization, "Thing")
        return [Write.check(_head_key("message", thing.tuid), **_unchanged("message", earlier))]

    @staticmethod
    @needs("FleetTable", "dynamodb:ConditionCheckItem", keys=[state_key(ANY)])
    def unheard_checks(reach: Reach, thing: Thing) -> list[Write]:
        """C8: the check of a transaction that no gateway has heard the thing meanwhile."""
        reach.demand_change(thing.organization, "Thing")
        return [Write.check(state_key(thing.tuid), "attribute_not_exists(relay_sn)")]


def _key(command: CommandName) -> table.Key:
    """The key of a command's row. A history names the device too, so that it is not shown for another one that gets the address."""
    memory = KINDS[command.kind].memory
    if memory == "newest":
        return _partition(command.address), command.kind
    device = f"{command.device}#" if memory == "history" else ""
    return _partition(command.address), f"{command.kind}#{device}{int(command.id):016d}"


def _head_key(kind: CommandKind, address: str) -> table.Key:
    """The key of the row that says which command of a kind is the newest."""
    return _partition(address), kind if KINDS[kind].memory == "newest" else f"{kind}#HEAD"


def _message(thing: Thing, number: int) -> CommandName:
    return CommandName(address=thing.tuid, device=thing.id, kind="message", id=str(number))


def _update(
    reach: Reach,
    organization: str,
    command: CommandName,
    change: str,
    condition: str,
    *,
    names: Mapping[str, str] | None = None,
    **values: Any,
) -> Write:
    """The update of a command's row, while it is the row of this command and of this organization."""
    reach.demand_change(organization, "Command")
    names = {"#state": "state", **(names or {})}
    whose: dict[str, Any] = {"id": {"S": command.id}, "org": {"S": organization}}
    return Write.update(_key(command), change, f"id = :id AND org = :org AND {condition}", names=names, **whose, **values)


def _unchanged(kind: CommandKind, earlier: Earlier) -> dict[str, Any]:
    """The condition that no newer command was accepted, and none of the open ones got its outcome where their number is limited."""
    if not earlier.id:
        return {"condition": NEW}
    newest: dict[str, Any] = {"condition": "id = :before", "before": {"S": earlier.id}}
    if KINDS[kind].limit is None:
        return newest
    return newest | {"condition": "id = :before AND #open = :open", "names": {"#open": "open"}, "open": _expiries(earlier.open)}


def _id(row: table.Item | None) -> str:
    return (table.text(row, "id") if row else None) or ""


def _open(head: table.Item | None) -> dict[str, float]:
    return {id: float(expires["N"]) for id, expires in head["open"]["M"].items()} if head and "open" in head else {}


def _expiries(open: Mapping[str, float]) -> Any:
    """The attribute that `_open` reads."""
    return {"M": {id: {"N": str(expires)} for id, expires in open.items()}}
