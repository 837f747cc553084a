from edge.request import Call
from fleet.commands import send_messages
from fleet.errors import TooMany
from thingsee.dialect import api
from thingsee.shapes.command import AcceptedOut, CommandsIn, thing_and_relay


@api.route(
    "POST",
    "/things/{tuid}/commands",
    "send_thing_commands",
    scope="WRITE",
    loads=thing_and_relay,
    uses=(send_messages.send,),
    raises=(TooMany,),
)
def handler(call: Call, loaded: send_messages.Addressed, body: CommandsIn) -> AcceptedOut:
    """Send messages to a thing."""
    return AcceptedOut.of(send_messages.send(call.reach, loaded, body.messages, call.principal.id, call.now))
