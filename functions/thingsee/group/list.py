from edge.request import Call
from fleet.registry.groups import Groups
from thingsee.dialect import api
from thingsee.shapes.group import GroupsOut, GroupsQuery


@api.route("GET", "/groups/", "list_groups", scope="READ", uses=(Groups.of_organization,))
def handler(call: Call, query: GroupsQuery) -> GroupsOut:
    """List the groups by id, or those in which a text is found."""
    return GroupsOut.of(Groups.of_organization(call.reach, call.principal.organization), query)
