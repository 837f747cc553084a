import json
from time import monotonic

from edge.observe import count
from edge.worker import Message, queue
from fleet.access import EVERYWHERE
from fleet.directory import fold
from fleet.registry.device_row import DIRECTORIES

TIMEOUT, MARGIN = 60, 15
"""Seconds: of a call, and before its end. Within the margin no fold begins."""


@queue("Folds", "directory_fold", uses=(fold.fold_until,), batch=1, timeout=TIMEOUT)
def handler(message: Message) -> None:
    """Fold the recent rows of one directory into its segments.

    A second delivery is harmless: when few rows are recent, nothing is left to do. A message whose time is over fails, and goes on with its
    next delivery.
    """
    _, kind, organization = json.loads(message.body)["directory"].split("#")
    (directory,) = (each for each in DIRECTORIES if each.kind == kind)
    count("DirectoryFolded", fold.fold_until(EVERYWHERE, directory, organization, monotonic() + TIMEOUT - MARGIN))
