from edge.request import Call
from fleet.aws.reads import fetch
from fleet.identity import manage_api_keys
from fleet.identity.api_keys import ApiKeys
from fleet.tenancy.organization import Organization
from wisdm.console import api
from wisdm.shapes.api_key import ApiKeysOut
from wisdm.shapes.paths import organization


@api.route(
    "GET",
    "/v4/organization/{organizationId}/api-keys",
    "list_api_keys",
    scope="ADMINISTRATOR",
    loads=organization,
    uses=(ApiKeys.of_organization, manage_api_keys.last_uses),
)
def handler(call: Call, loaded: Organization) -> ApiKeysOut:
    """List the API keys of the organization, newest first."""
    keys = list(ApiKeys.of_organization(call.reach, loaded.id))
    return ApiKeysOut.of(keys, call.now, fetch(call.reach, manage_api_keys.last_uses(keys)))
