"""All kinds of jobs."""

from __future__ import annotations

from fleet.bulk import retire_devices
from fleet.jobs.run import JobKind, Kinds

_ALL: tuple[JobKind, ...] = (retire_devices.DELETE, retire_devices.RESTORE)
KINDS: Kinds = {kind.name: kind for kind in _ALL}
