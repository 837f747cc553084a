from edge.request import Call
from fleet.errors import TooMany
from fleet.identity import manage_api_keys
from fleet.identity.api_key import ApiKey
from wisdm.console import api, caller
from wisdm.shapes.api_key import api_key


@api.route(
    "DELETE",
    "/v4/organization/{organizationId}/api-keys/{keyId}",
    "delete_api_key",
    scope="ADMINISTRATOR",
    loads=api_key,
    uses=(manage_api_keys.delete,),
    raises=(TooMany,),
    status=204,
)
def handler(call: Call, loaded: ApiKey) -> None:
    """Delete an API key for good."""
    user = caller(call).user
    manage_api_keys.delete(call.reach, loaded, call.now, user.id, user.email)
