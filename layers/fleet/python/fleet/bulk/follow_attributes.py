"""Has the stored values of devices follow the changes of their attributes: to new names, or out of the table."""

from __future__ import annotations

from collections.abc import Callable

from fleet.access import Reach
from fleet.bulk.follow_ups import STATE
from fleet.grants import uses
from fleet.jobs.job import Result
from fleet.jobs.jobs import Jobs
from fleet.jobs.run import JobKind, Run
from fleet.telemetry.attribute_changes import AttributeChanges
from fleet.telemetry.device_states import DeviceStates


@uses(AttributeChanges.of_device, DeviceStates.follow)
def follow(reach: Reach, organization: str, device: str, is_over: Callable[[], bool]) -> bool:
    """Have the values of a device follow the changes of its attributes, in their order; False when the time was up.

    Doing it again changes nothing.
    """
    for change in AttributeChanges.of_device(reach, organization, device):
        while not DeviceStates.follow(reach, organization, change):
            if is_over():
                return False
    return True


@uses(follow, Jobs.step_writes)
def _work(run: Run) -> Result | None:
    for device in sorted(run.job.what["devices"]):
        if device > run.job.cursor:
            if run.is_over or not follow(run.reach, run.job.organization, device, lambda: run.is_over):
                return None
            run.step(device, {"updated": 1})
    return Result({"updated": run.job.counts.get("updated", 0)})


FOLLOW = JobKind(STATE, "Have state follow attributes", _work)
