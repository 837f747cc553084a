from edge.request import Call
from fleet.aws.reads import fetch
from fleet.errors import Conflict, TooMany
from fleet.identity import manage_api_keys
from fleet.tenancy.organization import Organization
from wisdm.console import api, caller
from wisdm.shapes.api_key import ApiKeyIn, ApiKeyMade
from wisdm.shapes.paths import organization


@api.route(
    "POST",
    "/v4/organization/{organizationId}/api-keys",
    "create_api_key",
    scope="ADMINISTRATOR",
    loads=organization,
    uses=(manage_api_keys.create, manage_api_keys.unknown_locations),
    raises=(Conflict, TooMany),
    status=201,
    guarded=True,
)
def handler(call: Call, loaded: Organization, body: ApiKeyIn) -> ApiKeyMade:
    """Make an API key. Its text is shown this once."""
    body.check_locations(fetch(call.reach, manage_api_keys.unknown_locations(loaded.id, body.location_ids or ())))
    key, text = manage_api_keys.create(caller(call), loaded, body.settings(), body.lifespan_days, body.confirmation.to_proof(), call.now)
    return ApiKeyMade.of(key, call.now, None, key=text)
