from edge.request import Call
from fleet.errors import NotFound
from fleet.model.thing import Thing
from fleet.services import thing_commands
from thingsee.dialect import api
from thingsee.shapes.command import CommandsOut, CommandsQuery
from thingsee.shapes.query import capped
from thingsee.shapes.things import thing


@api.route(
    "GET", "/things/{tuid}/commands", "list_thing_commands", scope="READ", loads=thing, uses=(thing_commands.newest,), raises=(NotFound,)
)
def handler(call: Call, loaded: Thing, query: CommandsQuery) -> CommandsOut:
    """List the messages that were sent to a thing, oldest first."""
    span = thing_commands.Wanted(query.first, query.last, query.messageid, query.eventid)
    return CommandsOut.of(thing_commands.newest(call.reach, loaded, span, capped(query.limit)))
