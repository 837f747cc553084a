from edge.request import Call
from fleet.errors import Conflict, TooMany
from fleet.registry import manage_groups
from fleet.registry.group import Group
from thingsee.dialect import api
from thingsee.shapes.group import GroupRename, Renamed, RenamedOut, own_group


@api.route(
    "POST",
    "/groups/{groupid}/rename",
    "rename_group",
    scope="WRITE",
    loads=own_group,
    uses=(manage_groups.rename,),
    raises=(Conflict, TooMany),
)
def handler(call: Call, loaded: Group, body: GroupRename) -> RenamedOut:
    """Give a group another id; its things and its description go along."""
    renamed = manage_groups.rename(call.reach, loaded, body.group_id)
    return RenamedOut(data=Renamed(group_id=body.group_id, old=loaded.name, renamed=renamed))
