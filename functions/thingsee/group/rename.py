from edge.request import Call
from fleet.errors import Conflict, NotFound
from fleet.model.thing import Group
from fleet.services import groups
from thingsee.dialect import api
from thingsee.shapes.group import GroupRename, Renamed, RenamedOut, own_group


@api.route(
    "POST", "/groups/{groupid}/rename", "rename_group", scope="WRITE", loads=own_group, uses=(groups.rename,), raises=(NotFound, Conflict)
)
def handler(call: Call, loaded: Group, body: GroupRename) -> RenamedOut:
    """Give a group another id; its things and its description go along."""
    renamed = groups.rename(call.reach, loaded, body.group_id)
    return RenamedOut(data=Renamed(group_id=body.group_id, old=loaded.name, renamed=renamed))
