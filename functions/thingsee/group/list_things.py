from edge.request import Call
from fleet.registry.group import Group
from fleet.registry.groups import Groups
from thingsee.dialect import api
from thingsee.shapes.group import Members, MembersOut, group


@api.route("GET", "/groups/{groupid}/things", "list_group_things", scope="READ", loads=group, uses=(Groups.things,))
def handler(call: Call, loaded: Group) -> MembersOut:
    """List the things of a group."""
    return MembersOut(data=Members(group_id=loaded.name, tuids=Groups.things(call.reach, loaded)))
