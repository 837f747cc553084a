from edge.request import Call
from fleet.commands import accept_thing_commands
from fleet.commands.thing_commands import Addressed
from fleet.errors import TooMany
from thingsee.dialect import api
from thingsee.shapes.command import AcceptedOut, CommandsIn, thing_and_relay


@api.route(
    "POST",
    "/things/{tuid}/commands",
    "send_thing_commands",
    scope="WRITE",
    loads=thing_and_relay,
    uses=(accept_thing_commands.accept,),
    raises=(TooMany,),
)
def handler(call: Call, loaded: Addressed, body: CommandsIn) -> AcceptedOut:
    """Send messages to a thing."""
    sender = call.principal.id
    return AcceptedOut.of(sender, accept_thing_commands.accept(call.reach, loaded, body.messages, sender, call.now))
