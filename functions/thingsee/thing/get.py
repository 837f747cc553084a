from edge.request import Call
from fleet.errors import NotFound
from fleet.model.thing import Thing
from fleet.model.thing_state import State
from fleet.services import things
from thingsee.dialect import api
from thingsee.shapes.information import InformationOut
from thingsee.shapes.installation import thing_and_state


@api.route("GET", "/things/{tuid}", "get_thing", scope="READ", loads=thing_and_state, uses=(things.place,), raises=(NotFound,))
def handler(call: Call, loaded: tuple[Thing, State]) -> InformationOut:
    """Read what is known of a thing."""
    _, state = loaded
    return InformationOut.of(state, things.place(call.reach, state))
