from itertools import islice

from edge.request import Call
from fleet.aws import objects
from fleet.configuration.configuration import Configured
from fleet.files.files import Logs
from wisdm.dialect import api
from wisdm.shapes.logs import DownloadsOut, DownloadsQuery
from wisdm.shapes.settings_path import settings


@api.route(
    "GET",
    "/v4/gateway/{sn}/syslog/download",
    "list_syslog_downloads",
    scope="READ",
    loads=settings,
    uses=(Logs.between, objects.download_url),
)
def handler(call: Call, loaded: Configured, query: DownloadsQuery) -> DownloadsOut:
    """List a gateway's syslog files, newest first, with URLs that fetch them."""
    start, end = query.span
    card, days = loaded.gateway.card, loaded.configuration.retention
    files = list(Logs.between(call.reach, card.organization, card.sn, start, end, call.now, days))
    downloads = [(file, *objects.download_url(file.key, call.now)) for file in islice(files, query.max_files)]
    return DownloadsOut.of(card.sn, query, len(files), downloads)
