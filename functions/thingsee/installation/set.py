from edge.request import Call
from fleet.errors import NotFound, TooMany
from fleet.model.thing import Thing
from fleet.model.thing_state import State
from fleet.services import things
from thingsee.dialect import api
from thingsee.shapes.installation import InstallationIn, InstallationSetOut, thing_and_state


@api.route(
    "POST",
    "/things/{tuid}/installations",
    "set_installation",
    scope="WRITE",
    loads=thing_and_state,
    uses=(things.install,),
    raises=(NotFound, TooMany),
)
def handler(call: Call, loaded: tuple[Thing, State], body: InstallationIn) -> InstallationSetOut:
    """Set the installation status of a thing."""
    thing, state = loaded
    return InstallationSetOut.of(things.install(call.reach, thing, state, body.installation_status, call.principal.id, call.now))
