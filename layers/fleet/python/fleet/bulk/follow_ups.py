"""What has to follow the change of devices, whatever becomes of who changes them: jobs, which begin with the change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fleet.access import Reach
from fleet.aws.writes import Write
from fleet.bulk.order import Asker, new_job
from fleet.edits.apply import More
from fleet.edits.outcome import Outcome
from fleet.grants import uses
from fleet.jobs.jobs import Jobs
from fleet.telemetry.attribute_change import AttributeChange
from fleet.telemetry.attribute_changes import AttributeChanges

SETTLE = "devices.settle"
"""The kind of the job that brings up to date what is above devices."""
STATE = "devices.state"
"""The kind of the job that has stored values follow the attributes of devices: `what` has the ids of the `devices`."""


@uses(AttributeChanges.add_writes, Jobs.accept_writes)
def follow_up_writes(reach: Reach, organization: str, outcomes: Sequence[Outcome], asker: Asker) -> list[Write]:
    """The writes of what follows these outcomes, for their transaction: changes of attributes, and the jobs for them and for systems."""
    changes = [_change(outcome, outcome.after.version) for outcome in outcomes if outcome.after and (outcome.dropped or outcome.renamed)]
    writes = [write for change in changes for write in AttributeChanges.add_writes(reach, organization, change)]
    if changes:
        writes += _job_writes(reach, organization, STATE, {"devices": [each.device for each in changes]}, asker)
    return writes + settle_writes(reach, organization, outcomes, asker)


@uses(Jobs.accept_writes)
def settle_writes(reach: Reach, organization: str, outcomes: Sequence[Outcome], asker: Asker) -> list[Write]:
    """The writes of the job that brings up to date what is above devices, if a system has moved or come back; for the same transaction."""
    unsettled = any(outcome.unsettles for outcome in outcomes)
    return _job_writes(reach, organization, SETTLE, {}, asker) if unsettled else []


@uses(follow_up_writes)
def following(reach: Reach, organization: str, asker: Asker) -> More:
    """What follows outcomes, as a further part of their transaction. Results of these jobs are sent to nobody."""
    return lambda outcomes: follow_up_writes(reach, organization, outcomes, Asker(asker.by, asker.base))


@uses(settle_writes)
def settling(reach: Reach, organization: str, asker: Asker) -> More:
    """The same, where attributes stay as they are."""
    return lambda outcomes: settle_writes(reach, organization, outcomes, Asker(asker.by, asker.base))


def _job_writes(reach: Reach, organization: str, kind: str, what: Mapping[str, Any], asker: Asker) -> list[Write]:
    return Jobs.accept_writes(reach, new_job(organization, kind, what, asker, datetime.now(UTC)))


def _change(outcome: Outcome, version: int) -> AttributeChange:
    """What became of a device's attributes."""
    return AttributeChange(device=outcome.id, version=version, dropped=outcome.dropped, renamed=outcome.renamed)
