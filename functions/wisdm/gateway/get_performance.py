from itertools import islice

from edge.request import Call
from fleet.aws.tokens import make_paging_token, read_paging_token
from fleet.telemetry.perf import Perf
from wisdm.dialect import api
from wisdm.shapes.perf import PAGE, PerformanceOut, PerformancePath, Window, window


@api.route(
    "GET",
    "/v4/gateway/{sn}/perf/{metric}",
    "get_gateway_performance",
    scope="READ",
    loads=window,
    uses=(Perf.between, make_paging_token, read_paging_token),
)
def handler(call: Call, loaded: Window, path: PerformancePath) -> PerformanceOut:
    """Read one metric of a gateway's radio over time, in steps of ten minutes, a page at a time."""
    card = loaded.card
    points = Perf.between(call.reach, card.organization, card.id, path.metric, loaded.since, loaded.end, PAGE + 1)
    return PerformanceOut.of(loaded, list(islice(points, PAGE + 1)))
