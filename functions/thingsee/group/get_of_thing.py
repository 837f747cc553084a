from edge.request import Call
from fleet.errors import NotFound, TooMany
from fleet.model.thing import Thing
from fleet.services import things
from thingsee.dialect import api
from thingsee.shapes.group import ThingGroupOut
from thingsee.shapes.things import thing


@api.route("GET", "/things/{tuid}/group", "get_thing_group", scope="READ", loads=thing, uses=(things.group_of,), raises=(NotFound, TooMany))
def handler(call: Call, loaded: Thing) -> ThingGroupOut:
    """Read which group a thing is in."""
    return ThingGroupOut.of(loaded, things.group_of(call.reach, loaded))
