"""The path of a thing, and the loader of that thing."""

from __future__ import annotations

from edge.shape import Strict
from fleet.aws.reads import Read
from fleet.grants import uses
from fleet.registry.thing import Thing
from fleet.registry.things import Things


class ThingPath(Strict):
    """Any text: one that is not a TUID is not found."""

    tuid: str


@uses(Things.by_tuid)
def thing(path: ThingPath) -> Read[Thing]:
    return Things.by_tuid(path.tuid)
