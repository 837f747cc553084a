from edge.request import Call
from fleet.build import commit
from wisdm.dialect import api
from wisdm.shapes.system import VERSION, VersionOut


@api.route("GET", "/v4/version", "get_version", scope="READ")
def handler(call: Call) -> VersionOut:
    """Say which version of the API this is."""
    return VersionOut(version=f"v{VERSION}", commit_id=commit())
