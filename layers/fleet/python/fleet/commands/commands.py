"""Commands of gateways: an item each, and one that knows the last id and which are unfinished."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.access import Reach, Unplaced
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, unchecked_item
from fleet.aws.writes import Write, attempt, unchanged
from fleet.commands.command import RETENTION, Command, CommandState
from fleet.grants import needs

_ITEMS = Items(Command, "Command", beside=("state", "result"))


@dataclass(frozen=True)
class Head(Unplaced):
    """The last command id of a gateway, and the unfinished commands with their deadlines (Unix seconds)."""

    last: int
    open: dict[int, float]
    version: int


def key(sn: str, id: int) -> table.Key:
    return f"COMMANDS#{sn}", f"{id:016d}"


def head_key(sn: str) -> table.Key:
    return f"COMMANDS#{sn}", "HEAD"


class Commands:
    """Commands (access-patterns.md C1 to C4)."""

    @staticmethod
    def head(sn: str) -> Read[Head]:
        """C1: what is known of a gateway's commands, with the credential. It does not tell whose gateway that is."""
        return unchecked_item(head_key(sn)).map(_head)

    @staticmethod
    def by_id(sn: str, id: int) -> Read[Command]:
        """C2: one command of one gateway, with the credential."""
        return _ITEMS.one(key(sn, id))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def accept_writes(reach: Reach, command: Command, head: Head, unfinished: dict[int, float]) -> list[Write]:
        """C3: the writes of a new command and of the head that counts it. They fail when another was accepted meanwhile."""
        expiry = {"ttl": {"N": str(int(command.accepted.timestamp()) + RETENTION)}}
        after = {
            "last": {"N": str(command.id)},
            "open": {"M": {str(id): {"N": str(deadline)} for id, deadline in unfinished.items()}},
            "version": {"N": str(head.version + 1)},
        }
        return [
            _ITEMS.create(reach, key(command.sn, command.id), command, more=expiry),
            Write.put(head_key(command.sn), after, **unchanged(head.version)),
        ]

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem")
    def finish(reach: Reach, organization: str, sn: str, id: int, state: CommandState, result: str) -> bool:
        """C4: the outcome of a command; the first one stays, and False is returned for any other."""
        reach.demand(organization, "Command")
        outcome = Write.update(
            key(sn, id),
            "SET #state = :state, #result = :result",
            "#state = :pending AND org = :org",
            names={"#state": "state", "#result": "result"},
            state={"S": state},
            result={"S": result},
            pending={"S": "PENDING"},
            org={"S": organization},
        )
        return attempt(outcome, Write.update(head_key(sn), "REMOVE #open.#id", names={"#open": "open", "#id": str(id)}))


def _head(row: table.Item | None) -> Head:
    if row is None:
        return Head(0, {}, 0)
    unfinished = {int(id): float(value["N"]) for id, value in row["open"]["M"].items()}
    return Head(int(row["last"]["N"]), unfinished, int(row["version"]["N"]))
