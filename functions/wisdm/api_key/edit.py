from edge.request import Call
from fleet.errors import Conflict, TooMany
from fleet.identity import manage_api_keys
from fleet.identity.api_key import ApiKey
from wisdm.console import api, caller
from wisdm.shapes.api_key import ApiKeyChange, ApiKeyOut, api_key


@api.route(
    "PATCH",
    "/v4/organization/{organizationId}/api-keys/{keyId}",
    "edit_api_key",
    scope="ADMINISTRATOR",
    loads=api_key,
    uses=(manage_api_keys.edit, manage_api_keys.unknown_locations),
    raises=(Conflict, TooMany),
    guarded=True,
)
def handler(call: Call, loaded: ApiKey, body: ApiKeyChange) -> ApiKeyOut:
    """Change settings of an API key. One that lets the key do more needs a confirmation."""
    body.check_locations(manage_api_keys.unknown_locations(call.reach, loaded.organization, body.location_ids or ()))
    proof = body.confirmation.to_proof() if body.confirmation else None
    return ApiKeyOut.of(manage_api_keys.edit(caller(call), loaded, body.settings, proof, call.now), call.now)
