from edge.request import Call
from fleet.build import VERSION, commit
from wisdm.dialect import api
from wisdm.shapes.system import VersionOut


@api.route("GET", "/v4/version", "get_version", scope="READ")
def handler(call: Call) -> VersionOut:
    """Say which version of the API this is."""
    return VersionOut(version=f"v{VERSION}", commit_id=commit())
