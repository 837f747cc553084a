from edge.request import Call
from fleet.errors import Conflict
from fleet.services import groups
from thingsee.dialect import api
from thingsee.shapes.group import GroupIn, GroupOut, GroupShown


@api.route("POST", "/groups", "create_group", scope="WRITE", uses=(groups.create,), raises=(Conflict,))
def handler(call: Call, body: GroupIn) -> GroupOut:
    """Create a group."""
    made = groups.create(call.reach, call.principal.organization, body.group_id, body.group_description)
    return GroupOut(data=GroupShown.of(made))
