from edge.request import Call
from fleet.errors import TooMany
from fleet.identity import manage_api_keys
from fleet.identity.api_key import ApiKey
from wisdm.console import api, caller
from wisdm.shapes.api_key import ApiKeyMade, Regeneration, api_key


@api.route(
    "POST",
    "/v4/organization/{organizationId}/api-keys/{keyId}/regenerate",
    "regenerate_api_key",
    scope="ADMINISTRATOR",
    loads=api_key,
    uses=(manage_api_keys.regenerate,),
    raises=(TooMany,),
    guarded=True,
)
def handler(call: Call, loaded: ApiKey, body: Regeneration) -> ApiKeyMade:
    """Give an API key another text, and its whole life again. The old text is dead at once."""
    key, text = manage_api_keys.regenerate(caller(call), loaded, body.confirmation.to_proof(), call.now)
    return ApiKeyMade.of(key, call.now, None, key=text)
