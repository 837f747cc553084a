from datetime import UTC, datetime

from edge.observe import count
from edge.parts import parts
from edge.worker import schedule
from fleet.access import EVERYWHERE
from fleet.alerts import evaluate
from fleet.alerts.states import SHARDS


@schedule("rate(1 minute)", "alert_evaluate", uses=(evaluate.due_checks,))
def handler(due: datetime) -> None:
    """Start the alerts of things that have been silent for too long.

    Running it twice, or twice at the same time, is harmless: an alert starts in the transaction that records it in the
    thing's state, and a thing that has reported in the meantime is left alone. A thing for which the check fails stays due.
    """
    with parts("SilenceFailed") as part:
        for shard in range(SHARDS):
            with part():
                for check in evaluate.due_checks(EVERYWHERE, shard, datetime.now(UTC)):
                    with part():
                        count(f"Silence{check()}")
