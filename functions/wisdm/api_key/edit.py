from edge.request import Call
from fleet.aws.reads import both, fetch
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
    uses=(manage_api_keys.edit, manage_api_keys.unknown_locations, manage_api_keys.last_uses),
    raises=(Conflict, TooMany),
    guarded=True,
)
def handler(call: Call, loaded: ApiKey, body: ApiKeyChange) -> ApiKeyOut:
    """Change settings of an API key. One that lets the key do more needs a confirmation."""
    locations = manage_api_keys.unknown_locations(loaded.organization, body.location_ids or ())
    unknown, last_uses = fetch(call.reach, both(locations, manage_api_keys.last_uses([loaded])))
    body.check_locations(unknown)
    proof = body.confirmation.to_proof() if body.confirmation else None
    key = manage_api_keys.edit(caller(call), loaded, body.settings, proof, call.now)
    return ApiKeyOut.of(key, call.now, last_uses[key.id] if key.public_id == loaded.public_id else None)
