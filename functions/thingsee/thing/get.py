from edge.request import Call
from fleet.alerts import install
from fleet.alerts.state import ThingState
from fleet.registry.thing import Thing
from thingsee.dialect import api
from thingsee.shapes.information import InformationOut
from thingsee.shapes.installation import thing_and_state


@api.route("GET", "/things/{tuid}", "get_thing", scope="READ", loads=thing_and_state, uses=(install.place,))
def handler(call: Call, loaded: tuple[Thing, ThingState]) -> InformationOut:
    """Read what is known of a thing."""
    _, state = loaded
    return InformationOut.of(state, install.place(call.reach, state))
