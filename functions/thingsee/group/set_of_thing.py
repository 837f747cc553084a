from edge.request import Call
from fleet.errors import TooMany
from fleet.registry import edit_device
from fleet.registry.group import Group
from fleet.registry.thing import Thing
from thingsee.dialect import api
from thingsee.shapes.group import ThingGroupOut, thing_and_group


@api.route(
    "POST",
    "/things/{tuid}/group",
    "set_thing_group",
    scope="WRITE",
    loads=thing_and_group,
    uses=(edit_device.move_to_group,),
    raises=(TooMany,),
)
def handler(call: Call, loaded: tuple[Thing, Group]) -> ThingGroupOut:
    """Put a thing into a group."""
    thing, group = loaded
    edit_device.move_to_group(call.reach, thing.id, group, call.now)
    return ThingGroupOut.of(thing, group)
