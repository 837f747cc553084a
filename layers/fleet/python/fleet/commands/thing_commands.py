"""Messages to things as they were accepted, one item each, and those that wait until a gateway hears the thing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.reads import Ask, Found
from fleet.commands.thing_command import HeldCommands, ThingCommand
from fleet.errors import NotFound
from fleet.grants import needs
from fleet.registry.thing import Thing
from fleet.registry.things import Things, state_key


@dataclass(frozen=True)
class Addressed:
    """A thing to send to: the gateway that relayed its newest message, as TUID and in the words of the device plane (None while
    something waits for its first one), and when it was last sent something (Unix ms; 0 for never).
    """

    thing: Thing
    relay: tuple[str, str] | None
    last: int


def _head(tuid: str) -> table.Key:
    return f"TUID#{tuid}", "COMMANDS"


def _sent(tuid: str) -> str:
    return f"TUID#{tuid}#COMMANDS"


def _held(tuid: str, at: int) -> table.Key:
    return f"HELD#{tuid}", f"{at:015d}"


class ThingCommands:
    """Messages to things (access-patterns.md TC1 to TC7)."""

    @staticmethod
    def addressed(tuid: str) -> Ask[Addressed]:
        """TC1: a thing and how it is reached, with the credential. A gateway is reached by itself."""
        thing = Things.by_tuid(tuid)

        def read(reach: Reach, found: Found) -> Addressed:
            of, state, head = thing.read(reach, found), found.get(state_key(tuid), {}), found.get(_head(tuid))
            relay = (of.tuid, of.sn) if of.sn else (table.text(state, "relay") or "", table.text(state, "relay_sn") or "")
            return Addressed(of, relay if relay[1] else None, int(head["last"]["N"]) if head else 0)

        return Ask([*thing.keys, state_key(tuid), _head(tuid)] if thing.keys else [], read)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def accepting(reach: Reach, to: Addressed, commands: Sequence[ThingCommand]) -> list[table.Write]:
        """TC2: the writes of one request's messages. The first fails when something was sent to the thing meanwhile."""
        _judge(reach, to.thing.organization)
        last = {"last": {"N": str(commands[0].at)}}
        head = _if_quiet(table.put(_head(to.thing.tuid), last, None), to)
        return [head, *(table.put(_place(each), {"body": {"S": each.model_dump_json()}}) for each in commands)]

    @staticmethod
    @needs("FleetTable", "dynamodb:ConditionCheckItem")
    def quiet(reach: Reach, to: Addressed) -> table.Write:
        """TC7: a check that nothing was sent to the thing meanwhile."""
        _judge(reach, to.thing.organization)
        return _if_quiet(table.check(_head(to.thing.tuid), ""), to)

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def between(reach: Reach, thing: Thing, start: int, end: int) -> Iterator[ThingCommand]:
        """TC3: the messages that were accepted from one Unix second to another, both included, newest first."""
        _judge(reach, thing.organization)
        if start > end:
            return
        values = {"pk": _sent(thing.tuid), "first": f"{start * 1000:015d}", "last": f"{end * 1000 + 999:015d}~"}
        for item in table.query("pk = :pk AND sk BETWEEN :first AND :last", values, backward=True):
            yield ThingCommand.model_validate_json(item["body"]["S"])

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", "dynamodb:ConditionCheckItem")
    def holding(reach: Reach, held: HeldCommands) -> list[table.Write]:
        """TC4: the writes that hold messages back until the thing is heard; the first fails when it has been."""
        _judge(reach, held.organization)
        row = {"body": {"S": held.model_dump_json()}, "ttl": {"N": str(held.until)}}
        unheard = table.check(state_key(held.tuid), "attribute_not_exists(relay_sn)")
        return [unheard, table.put(_held(held.tuid, held.at), row)]

    @staticmethod
    @needs("FleetTable", "dynamodb:Query")
    def held(reach: Reach, organization: str, tuid: str) -> Iterator[HeldCommands]:
        """TC5: what is held back for a thing, oldest first."""
        _judge(reach, organization)
        for item in table.query("pk = :pk", {"pk": f"HELD#{tuid}"}):
            yield HeldCommands.model_validate_json(item["body"]["S"])

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem")
    def releasing(reach: Reach, held: HeldCommands) -> table.Write:
        """TC6: the write that ends holding messages back; it fails when that was ended already."""
        _judge(reach, held.organization)
        return table.delete(_held(held.tuid, held.at))


def _place(command: ThingCommand) -> table.Key:
    return _sent(command.tuid), f"{command.at:015d}#{command.number:02d}"


def _if_quiet(write: table.Write, to: Addressed) -> table.Write:
    """The write, on condition that nothing was sent to the thing since it was read."""
    (told,) = write.values()
    if to.last:
        values = {":before": {"N": str(to.last)}}
        told.update(ConditionExpression="#last = :before", ExpressionAttributeNames={"#last": "last"}, ExpressionAttributeValues=values)
    else:
        told["ConditionExpression"] = "attribute_not_exists(pk)"
    return write


def _judge(reach: Reach, organization: str) -> None:
    if not reach.covers(organization):
        raise NotFound("Thing")
