from edge.request import Call
from fleet.aws.reads import fetch
from fleet.errors import NotFound
from fleet.tenancy.organizations import Organizations
from wisdm.dialect import api
from wisdm.shapes.system import OrganizationOut


@api.route("GET", "/v4/organization", "get_organization", scope="READ", uses=(Organizations.by_id,), raises=(NotFound,))
def handler(call: Call) -> OrganizationOut:
    """Read the organization that the key belongs to."""
    return OrganizationOut.of(fetch(call.reach, Organizations.by_id(call.principal.organization)))
