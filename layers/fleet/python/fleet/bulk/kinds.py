"""All kinds of jobs."""

from __future__ import annotations

from fleet.bulk import bulk_command, bulk_patch, count_payloads, export_devices, follow_attributes, remove_data, retire_devices
from fleet.jobs.run import JobKind, Kinds

_ALL: tuple[JobKind, ...] = (
    retire_devices.DELETE,
    retire_devices.RESTORE,
    export_devices.EXPORT,
    count_payloads.COUNT,
    remove_data.REMOVE,
    bulk_patch.PATCH_KIND,
    bulk_patch.SETTLE_KIND,
    follow_attributes.FOLLOW,
    bulk_command.COMMAND,
)
KINDS: Kinds = {kind.name: kind for kind in _ALL}
