from edge.request import Call
from fleet.alerts import install
from fleet.errors import TooMany
from fleet.registry.thing import Thing
from thingsee.dialect import api
from thingsee.shapes.installation import InstallationIn, InstallationSetOut
from thingsee.shapes.paths import thing


@api.route(
    "POST",
    "/things/{tuid}/installations",
    "set_installation",
    scope="WRITE",
    loads=thing,
    uses=(install.install,),
    raises=(TooMany,),
)
def handler(call: Call, loaded: Thing, body: InstallationIn) -> InstallationSetOut:
    """Set the installation status of a thing."""
    return InstallationSetOut.of(install.install(call.reach, loaded, body.installation_status, call.principal.id, call.now))
