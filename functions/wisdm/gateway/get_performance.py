from itertools import islice

from edge.request import Call
from fleet.errors import NotFound
from fleet.keyed import make_token, read_token
from fleet.model.gateway import Gateway
from fleet.series.perf import Perf
from wisdm.dialect import api
from wisdm.shapes.paths import gateway
from wisdm.shapes.perf import PAGE, PerformanceOut, PerformancePath, PerformanceQuery, Window


@api.route(
    "GET",
    "/v4/gateway/{sn}/perf/{metric}",
    "get_gateway_performance",
    scope="READ",
    loads=gateway,
    uses=(Perf.between, make_token, read_token),
    raises=(NotFound,),
)
def handler(call: Call, loaded: Gateway, path: PerformancePath, query: PerformanceQuery) -> PerformanceOut:
    """Read one metric of a gateway's radio over time, in steps of ten minutes, a page at a time."""
    card = loaded.card
    window = Window.of(path, query, card, call.now)
    points = Perf.between(call.reach, card.organization, card.id, path.metric, window.since, window.end, PAGE + 1)
    return PerformanceOut.of(window, list(islice(points, PAGE + 1)))
