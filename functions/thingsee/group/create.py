from edge.request import Call
from fleet.errors import Conflict, TooMany
from fleet.registry import manage_groups
from thingsee.dialect import api
from thingsee.shapes.group import GroupIn, GroupOut, GroupShown


@api.route("POST", "/groups", "create_group", scope="WRITE", uses=(manage_groups.create,), raises=(Conflict, TooMany))
def handler(call: Call, body: GroupIn) -> GroupOut:
    """Create a group."""
    group = manage_groups.create(call.reach, call.principal.organization, body.group_id, body.group_description)
    return GroupOut(data=GroupShown.of(group))
