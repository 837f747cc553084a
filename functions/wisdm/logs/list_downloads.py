from itertools import islice

from edge.request import Call
from fleet import objects
from fleet.errors import NotFound
from fleet.model.gateway import Gateway
from fleet.store.logs import Logs
from wisdm.dialect import api
from wisdm.shapes.logs import DownloadsOut, DownloadsQuery
from wisdm.shapes.paths import gateway


@api.route(
    "GET",
    "/v4/gateway/{sn}/syslog/download",
    "list_syslog_downloads",
    scope="READ",
    loads=gateway,
    uses=(Logs.between, objects.download_url),
    raises=(NotFound,),
)
def handler(call: Call, loaded: Gateway, query: DownloadsQuery) -> DownloadsOut:
    """List a gateway's syslog files, newest first, with URLs that fetch them."""
    start, end = query.span
    files = list(Logs.between(call.reach, loaded.card.organization, loaded.card.sn, start, end, call.now))
    given = [(file, *objects.download_url(file.key, call.now)) for file in islice(files, query.max_files)]
    return DownloadsOut.of(loaded.card.sn, query, len(files), given)
