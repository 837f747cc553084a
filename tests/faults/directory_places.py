"""The place for faults in the folding of a directory."""

from __future__ import annotations

import json

from fleet.ids import new_id
from fleet.registry.device_row import THERE
from functions.workers.directory.fold import handler as fold
from tests.faults.places import Operation, QueueDelivery
from tests.harness.directories import change, device_rows, load
from tests.harness.fleet import Fleet
from tests.workers.messages import UplinkMessage


def changed_directory(_: Fleet) -> Operation:
    """Changes of devices in each of several segments, one more than a fold leaves alone."""
    rows, owner = device_rows(100), new_id()
    load(THERE, owner, rows)
    change(THERE, owner, [row._replace(version=9, name="Later") for row in rows[: THERE.sizes.recent + 1]])
    return QueueDelivery(fold, [UplinkMessage(json.dumps({"directory": THERE.key(owner)[0]}), "")])
