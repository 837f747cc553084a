"""What becomes of one of many devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fleet.aws.writes import Write
from fleet.registry.device import Device

State = Literal["updated", "skipped", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What becomes of a device: it is `updated`, nothing is to be changed (`skipped`), or it must not be changed (`failed`, with a reason).

    `after` is the next version of one that is updated, `writes` what changes with it besides its projections. What was stored under the
    attributes that are `dropped` counts no more; under those that are `renamed`, former name and new one, it belongs to the new name.
    """

    before: Device
    state: State
    after: Device | None = None
    reason: str = ""
    dropped: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    writes: tuple[Write, ...] = ()

    @property
    def id(self) -> str:
        return self.before.id

    @property
    def moved_system(self) -> bool:
        """Whether it is a system that goes below another, or out of one: what is above the devices below it changes too."""
        return self.after is not None and self.after.shown_class == "system" and self.after.parent != self.before.parent

    @property
    def unsettles(self) -> bool:
        """Whether devices below it may not know any more what is above them: a system that has moved, or that is restored."""
        restored = self.after is not None and self.before.deleted is not None and self.after.deleted is None
        return self.moved_system or (restored and self.before.shown_class == "system")
