"""Commands of gateways: an item each, and one that knows the last id and which are unfinished."""

from __future__ import annotations

from dataclasses import dataclass

from fleet.access import Reach, Unplaced
from fleet.aws import table
from fleet.aws.reads import Ask, Found
from fleet.commands.command import KEPT, Command, State
from fleet.errors import NotFound
from fleet.grants import needs


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
    def head(sn: str) -> Ask[Head]:
        """C1: what is known of a gateway's commands, with the credential. It says nothing of whose gateway that is."""

        def read(reach: Reach, found: Found) -> Head:
            item = found.get(head_key(sn))
            if item is None:
                return Head(0, {}, 0)
            unfinished = {int(id): float(value["N"]) for id, value in item["open"]["M"].items()}
            return Head(int(item["last"]["N"]), unfinished, int(item["version"]["N"]))

        return Ask([head_key(sn)], read)

    @staticmethod
    def by_id(sn: str, id: int) -> Ask[Command]:
        """C2: one command of one gateway, with the credential."""

        def read(reach: Reach, found: Found) -> Command:
            item = found.get(key(sn, id))
            if item is None or not reach.covers(table.text(item, "org")):
                raise NotFound("Command")
            stored = Command.model_validate_json(item["body"]["S"])
            return stored.changed(state=item["state"]["S"], result=item["result"]["S"])

        return Ask([key(sn, id)], read)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def accepting(reach: Reach, command: Command, head: Head, unfinished: dict[int, float]) -> list[table.Write]:
        """C3: the writes of a new command and of the head that counts it; they fail when another was accepted meanwhile."""
        if not reach.covers(command.organization):
            raise NotFound("Gateway")
        row = {
            "org": {"S": command.organization},
            "state": {"S": command.state},
            "result": {"S": ""},
            "body": {"S": command.model_dump_json(exclude={"state", "result"})},
            "ttl": {"N": str(int(command.accepted.timestamp()) + KEPT)},
        }
        after = {
            "last": {"N": str(command.id)},
            "open": {"M": {str(id): {"N": str(deadline)} for id, deadline in unfinished.items()}},
            "version": {"N": str(head.version + 1)},
        }
        condition = "version = :before" if head.version else "attribute_not_exists(pk)"
        before = {"before": {"N": str(head.version)}} if head.version else {}
        return [table.put(key(command.sn, command.id), row), table.put(head_key(command.sn), after, condition, **before)]

    @staticmethod
    @needs("FleetTable", "dynamodb:UpdateItem")
    def finish(reach: Reach, organization: str, sn: str, id: int, state: State, result: str) -> bool:
        """C4: the outcome of a command; the first one stays, and False is returned for any other."""
        if not reach.covers(organization):
            raise NotFound("Command")
        outcome = table.update(
            key(sn, id),
            "SET #state = :state, #result = :result",
            "#state = :pending AND org = :org",
            state={"S": state},
            result={"S": result},
            pending={"S": "PENDING"},
            org={"S": organization},
        )
        outcome["Update"]["ExpressionAttributeNames"] = {"#state": "state", "#result": "result"}
        closed = table.update(head_key(sn), "REMOVE #open.#id")
        closed["Update"]["ExpressionAttributeNames"] = {"#open": "open", "#id": str(id)}
        try:
            table.transact([outcome, closed])
        except table.Refused:
            return False
        return True
