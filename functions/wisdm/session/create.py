from edge.request import Call
from fleet.errors import TooMany, Unauthenticated
from fleet.identity import sign_in
from fleet.identity.users import Users
from wisdm.console import api
from wisdm.shapes.session import SessionIn, SessionOut


@api.route(
    "POST",
    "/v4/session",
    "create_session",
    scope="PUBLIC",
    uses=(sign_in.sign_in, Users.by_email),
    raises=(Unauthenticated, TooMany),
    status=201,
    guarded=True,
)
def handler(call: Call, body: SessionIn) -> SessionOut:
    """Sign in to the console."""
    return SessionOut.of(*sign_in.sign_in(body.email, body.to_proof(), call.request.source, call.now, named=Users.by_email))
