from edge.request import Call
from fleet.errors import TooMany, Unauthenticated
from fleet.services import console
from wisdm.console import PUBLIC, entrance
from wisdm.shapes.session import SessionIn, SessionOut


@entrance.route(
    "POST", "/v4/session", "create_session", scope=PUBLIC, uses=(console.sign_in,), raises=(Unauthenticated, TooMany), status=201
)
def handler(call: Call, body: SessionIn) -> SessionOut:
    """Sign in to the console."""
    return SessionOut.of(*console.sign_in(body.email, body.proof(), call.request.source, call.now))
