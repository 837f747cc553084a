from edge.request import Call
from fleet.alerts import install
from fleet.alerts.state import ThingState
from fleet.errors import TooMany
from fleet.registry.thing import Thing
from thingsee.dialect import api
from thingsee.shapes.installation import InstallationIn, InstallationSetOut, thing_and_state


@api.route(
    "POST",
    "/things/{tuid}/installations",
    "set_installation",
    scope="WRITE",
    loads=thing_and_state,
    uses=(install.install,),
    raises=(TooMany,),
)
def handler(call: Call, loaded: tuple[Thing, ThingState], body: InstallationIn) -> InstallationSetOut:
    """Set the installation status of a thing."""
    thing, state = loaded
    return InstallationSetOut.of(install.install(call.reach, thing, state, body.installation_status, call.principal.id, call.now))
