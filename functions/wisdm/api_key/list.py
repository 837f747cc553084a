from edge.request import Call
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
    uses=(ApiKeys.of_organization,),
)
def handler(call: Call, loaded: Organization) -> ApiKeysOut:
    """List the API keys of the organization, newest first."""
    return ApiKeysOut.of(ApiKeys.of_organization(call.reach, loaded.id), call.now)
