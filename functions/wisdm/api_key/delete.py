from edge.request import Call
from fleet.errors import NotFound
from fleet.model.key import ApiKey
from fleet.services import api_keys
from wisdm.console import api, signed_in
from wisdm.shapes.api_key import api_key


@api.route(
    "DELETE",
    "/v4/organization/{organizationId}/api-keys/{keyId}",
    "delete_api_key",
    scope="ADMINISTRATOR",
    loads=api_key,
    uses=(api_keys.delete,),
    raises=(NotFound,),
    status=204,
)
def handler(call: Call, loaded: ApiKey) -> None:
    """Delete an API key for good."""
    api_keys.delete(signed_in(call), loaded, call.now)
