from edge.request import Call
from fleet.registry.thing import Thing
from fleet.telemetry.messages import Messages
from thingsee.dialect import api
from thingsee.shapes.message import MessagesOut, MessagesQuery
from thingsee.shapes.paths import thing


@api.route("GET", "/things/{tuid}/messages", "list_thing_messages", scope="READ", loads=thing, uses=(Messages.newest,))
def handler(call: Call, loaded: Thing, query: MessagesQuery) -> MessagesOut:
    """List a thing's messages, newest first."""
    return MessagesOut.of(Messages.newest(call.reach, loaded, query.message_filter))
