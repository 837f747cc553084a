from edge.request import Call
from fleet.registry.thing import Thing
from fleet.registry.things import Things
from thingsee.dialect import api
from thingsee.shapes.installation import InstallationsOut, InstallationsQuery
from thingsee.shapes.paths import thing
from thingsee.shapes.query import cap


@api.route("GET", "/things/{tuid}/installations", "list_installations", scope="READ", loads=thing, uses=(Things.installations,))
def handler(call: Call, loaded: Thing, query: InstallationsQuery) -> InstallationsOut:
    """List the installation history of a thing, newest first."""
    return InstallationsOut.of(Things.installations(call.reach, loaded, cap(query.limit)))
