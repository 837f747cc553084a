"""Folds recent rows of a directory into its segments, so that lists read few items however many objects changed.

New segments are written first, under new keys. Then one transaction names them in the spine and deletes the recent rows that are in them;
then the segments that no spine names any more are deleted. Wherever this ends, the directory is right: what is left are segments that
nobody reads, and a later fold deletes them. Two folds at once do no harm: the spine is only replaced in the generation that was read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from time import monotonic

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.backoff import attempts
from fleet.aws.writes import NEW, Refused, Write, transact, write_alone
from fleet.directory.contents import Contents
from fleet.directory.directory import PREFIX, RECENT, SEGMENT, Directory
from fleet.directory.rearrange import Rearranged, generation_of, rearranged, touched
from fleet.directory.row import R, Recent, packed_row
from fleet.directory.segments import Spine
from fleet.errors import FleetError, Stale
from fleet.grants import ANY, needs

FOLDED = "directory-folded"
"""The condition that nobody else has folded the directory meanwhile."""


class Unfinished(FleetError):
    """Too many rows are recent for the time that there was: what is left is folded with the next try"""


@needs(
    "FleetTable",
    "dynamodb:Query",
    "dynamodb:BatchGetItem",
    "dynamodb:PutItem",
    "dynamodb:DeleteItem",
    keys=[f"{PREFIX}{ANY}"],
)
def fold_until(reach: Reach, directory: Directory[R], organization: str, deadline: float, now: Callable[[], float] = monotonic) -> int:
    """Fold until few rows are recent; how many times. Unfinished where a fold would begin after the `deadline`, in seconds of `now`."""
    reach.demand_change(organization, directory.kind)
    times = 0
    while _fold(reach, directory, organization):
        times += 1
        if now() >= deadline:
            raise Unfinished
    return times


def _fold(reach: Reach, directory: Directory[R], organization: str) -> bool:
    for _ in attempts():
        try:
            return fold(reach, directory, organization)
        except Stale:
            continue
    raise Stale


def fold(reach: Reach, directory: Directory[R], organization: str) -> bool:
    """Fold as many recent rows as a transaction takes; False if there are so few that they are left alone.

    Stale if another fold was faster.
    """
    found = directory.read(reach, organization, RECENT, directory.sizes.taken)
    if len(found.recent) <= directory.sizes.recent:
        return False
    taken = Contents(_first(found.recent, directory.sizes.together), found.spine)
    if not directory.complete(taken, [found.spine.segments[number] for number in touched(taken, directory.sizes)], organization):
        raise Stale
    store(reach, directory, organization, taken, rearranged(taken, directory.sizes))
    return True


def _first(recent: Sequence[Recent[R]], together: int) -> list[Recent[R]]:
    """The first recent rows that have so many bytes together at most; one at least."""
    sizes = accumulate(len(packed_row(each.row).encode()) for each in recent)
    return [each for number, (each, size) in enumerate(zip(recent, sizes, strict=True)) if not number or size <= together]


def store(reach: Reach, directory: Directory[R], organization: str, taken: Contents[R], following: Rearranged) -> None:
    """Put the next spine and segments in the place of those that were read, and delete the recent rows that were taken.

    Stale if somebody else has replaced them.
    """
    reach.demand_change(organization, directory.kind)
    for name, packed in following.packed.items():
        write_alone(Write.put(directory.key(organization, SEGMENT + name), {"packed": {"B": packed}}, None))
    _replace_spine(directory, organization, taken, following.spine)
    named = {each.key for each in following.spine.segments}
    for each in taken.spine.segments:
        if each.key not in named:
            write_alone(Write.delete(directory.key(organization, SEGMENT + each.key), None))
    if following.spine.generation % directory.sizes.sweep == 0:
        _sweep(reach, directory, organization, following.spine)


def _replace_spine(directory: Directory[R], organization: str, taken: Contents[R], spine: Spine) -> None:
    """A recent row that has changed since it was read stays: it has a later version than what is in its segment."""
    left = {f"changed {number}": each for number, each in enumerate(taken.recent)}
    for _ in attempts():
        try:
            transact([_spine(directory, organization, taken.spine, spine), *_deletes(directory, organization, left)])
        except Refused as refused:
            if FOLDED in refused.failed:
                break
            left = {name: each for name, each in left.items() if name not in refused.failed}
        else:
            return
    raise Stale


def _spine(directory: Directory[R], organization: str, before: Spine, after: Spine) -> Write:
    attributes = {"generation": {"N": str(after.generation)}, "packed": {"B": after.packed()}}
    if not before.generation:
        return Write.put(directory.key(organization), attributes, NEW, named=FOLDED)
    return Write.put(directory.key(organization), attributes, "generation = :read", named=FOLDED, read={"N": str(before.generation)})


def _deletes(directory: Directory[R], organization: str, taken: Mapping[str, Recent[R]]) -> list[Write]:
    return [
        Write.delete(directory.key(organization, RECENT + each.order), "version = :read", named=name, read={"N": str(each.version)})
        for name, each in taken.items()
    ]


def _sweep(reach: Reach, directory: Directory[R], organization: str, spine: Spine) -> None:
    """Delete segments that no spine can name any more. Those of a later generation are another fold's that is under way."""
    named = {each.key for each in spine.segments}
    pk, _ = directory.key(organization)
    for item in table.query(reach, organization, directory.kind, "pk = :pk AND sk < :recent", {"pk": pk, "recent": RECENT}):
        name = item["sk"]["S"].removeprefix(SEGMENT)
        if name not in named and generation_of(name) <= spine.generation:
            write_alone(Write.delete((pk, item["sk"]["S"]), None))
