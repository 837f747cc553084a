from edge.request import Call
from fleet.commands import accept_thing_commands
from fleet.registry.thing import Thing
from thingsee.dialect import api
from thingsee.shapes.command import CommandsOut, CommandsQuery
from thingsee.shapes.paths import thing
from thingsee.shapes.query import cap


@api.route("GET", "/things/{tuid}/commands", "list_thing_commands", scope="READ", loads=thing, uses=(accept_thing_commands.newest,))
def handler(call: Call, loaded: Thing, query: CommandsQuery) -> CommandsOut:
    """List the messages that were sent to a thing, oldest first."""
    message_filter = accept_thing_commands.CommandFilter(query.first, query.last, query.messageid, query.eventid)
    return CommandsOut.of(accept_thing_commands.newest(call.reach, loaded, message_filter, cap(query.limit)))
