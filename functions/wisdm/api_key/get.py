from edge.request import Call
from fleet.identity.api_key import ApiKey
from wisdm.console import api
from wisdm.shapes.api_key import ApiKeyOut, api_key


@api.route("GET", "/v4/organization/{organizationId}/api-keys/{keyId}", "get_api_key", scope="ADMINISTRATOR", loads=api_key)
def handler(call: Call, loaded: ApiKey) -> ApiKeyOut:
    """Read an API key."""
    return ApiKeyOut.of(loaded, call.now)
