from edge.request import Call
from fleet.aws.reads import fetch
from fleet.identity import manage_api_keys
from fleet.identity.api_key import ApiKey
from wisdm.console import api
from wisdm.shapes.api_key import ApiKeyOut, api_key


@api.route(
    "GET",
    "/v4/organization/{organizationId}/api-keys/{keyId}",
    "get_api_key",
    scope="ADMINISTRATOR",
    loads=api_key,
    uses=(manage_api_keys.last_uses,),
)
def handler(call: Call, loaded: ApiKey) -> ApiKeyOut:
    """Read an API key."""
    return ApiKeyOut.of(loaded, call.now, fetch(call.reach, manage_api_keys.last_uses([loaded]))[loaded.id])
