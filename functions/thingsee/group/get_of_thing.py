from edge.request import Call
from fleet.errors import TooMany
from fleet.registry import manage_groups
from fleet.registry.thing import Thing
from thingsee.dialect import api
from thingsee.shapes.group import ThingGroupOut
from thingsee.shapes.paths import thing


@api.route("GET", "/things/{tuid}/group", "get_thing_group", scope="READ", loads=thing, uses=(manage_groups.group_of,), raises=(TooMany,))
def handler(call: Call, loaded: Thing) -> ThingGroupOut:
    """Read which group a thing is in."""
    return ThingGroupOut.of(loaded, manage_groups.group_of(call.reach, loaded))
