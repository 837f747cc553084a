from edge.request import Call
from fleet.services import console
from wisdm.console import api, signed_in


@api.route("DELETE", "/v4/session", "delete_session", scope="SIGNED_IN", uses=(console.sign_out,), status=204)
def handler(call: Call) -> None:
    """Sign out of the console."""
    console.sign_out(signed_in(call))
