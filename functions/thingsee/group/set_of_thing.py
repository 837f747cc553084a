from edge.request import Call
from fleet.errors import NotFound, TooMany
from fleet.model.thing import Group, Thing
from fleet.services import things
from thingsee.dialect import api
from thingsee.shapes.group import ThingGroupOut, thing_and_group


@api.route(
    "POST",
    "/things/{tuid}/group",
    "set_thing_group",
    scope="WRITE",
    loads=thing_and_group,
    uses=(things.move,),
    raises=(NotFound, TooMany),
)
def handler(call: Call, loaded: tuple[Thing, Group]) -> ThingGroupOut:
    """Put a thing into a group."""
    thing, group = loaded
    things.move(call.reach, thing, group)
    return ThingGroupOut.of(thing, group)
