from edge.request import Call
from fleet.errors import Conflict, TooMany
from fleet.registry import manage_groups
from fleet.registry.group import Group
from thingsee.dialect import api
from thingsee.shapes.group import Deleted, DeletedOut, own_group


@api.route(
    "DELETE", "/groups/{groupid}", "delete_group", scope="WRITE", loads=own_group, uses=(manage_groups.delete,), raises=(Conflict, TooMany)
)
def handler(call: Call, loaded: Group) -> DeletedOut:
    """Delete a group that has no things."""
    manage_groups.delete(call.reach, loaded)
    return DeletedOut(data=Deleted(group_id=loaded.name, deleted=True))
