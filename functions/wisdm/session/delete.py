from edge.request import Call
from fleet.errors import TooMany
from fleet.identity import sign_in
from wisdm.console import api, caller


@api.route("DELETE", "/v4/session", "delete_session", scope="SIGNED_IN", uses=(sign_in.sign_out,), raises=(TooMany,), status=204)
def handler(call: Call) -> None:
    """Sign out of the console."""
    sign_in.sign_out(caller(call))
