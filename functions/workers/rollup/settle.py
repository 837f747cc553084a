from collections.abc import Sequence

from edge.observe import count
from edge.worker import Change, partitions
from fleet.access import EVERYWHERE
from fleet.telemetry.kinds import PREFIXES
from fleet.telemetry.rollups import Rollups


@partitions("SeriesTable", "series_rollup", prefixes=PREFIXES, uses=(Rollups.settle,))
def handler(changes: Sequence[Change]) -> None:
    """Summarise the hours and days of one series in which reports came in.

    A second delivery is harmless: a summary is recomputed from its reports, never added to.
    """
    written = Rollups.settle(EVERYWHERE, changes[0].item["pk"]["S"], [change.item["sk"]["S"] for change in changes])
    if written:
        count("HoursSettled", written)
