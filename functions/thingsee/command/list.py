from edge.request import Call
from fleet.commands import send_messages
from fleet.registry.thing import Thing
from thingsee.dialect import api
from thingsee.shapes.command import CommandsOut, CommandsQuery
from thingsee.shapes.paths import thing


@api.route("GET", "/things/{tuid}/commands", "list_thing_commands", scope="READ", loads=thing, uses=(send_messages.newest,))
def handler(call: Call, loaded: Thing, query: CommandsQuery) -> CommandsOut:
    """List the messages that were sent to a thing, oldest first."""
    message_filter = send_messages.MessageFilter(query.first, query.last, query.messageid, query.eventid)
    return CommandsOut.of(send_messages.newest(call.reach, loaded, message_filter), query.most)
