"""Changes many devices, as many in one transaction as it takes, each exactly as it was decided for its version."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from fleet.access import Reach
from fleet.aws.reads import every
from fleet.aws.retrying import retrying
from fleet.aws.writes import Write, combined, transact
from fleet.edits import create_device, hierarchies
from fleet.edits.outcome import Outcome
from fleet.errors import TooMany
from fleet.grants import uses
from fleet.registry.device import Device
from fleet.registry.devices import CHANGED, Devices

B = TypeVar("B")
T = TypeVar("T")
READ_AT_ONCE = 32
"""Devices that are read together. A transaction changes 20 and more that have no other names."""
MOST_ACTIONS, MOST_BYTES = 98, 3_500_000
"""Of a transaction, which has at most 100 actions and 4 MB; the caller's further writes included."""
_OTHER_ITEM = 8_000
"""Bytes for which an item is counted that is changed in part, or deleted: it counts as a whole, and how large it is is not known."""


@dataclass(frozen=True)
class Change(Generic[B]):
    """What is done to each of many devices.

    `beside` reads what decisions need besides the devices, after these were read, and again for each attempt. `decide` returns what
    becomes of a device, None for one that is not selected any more; it changes nothing. `checks` are the conditions that what was read
    beside still holds, for those of the devices that are updated. A refusal by one of the conditions `again` is worth another attempt.
    """

    beside: Callable[[Reach, Sequence[Device]], B]
    decide: Callable[[Device, B], Outcome | None]
    checks: Callable[[Reach, B, Sequence[Outcome]], list[Write]] = lambda reach, beside, outcomes: []
    again: Collection[str] = (CHANGED, hierarchies.MOVED)


@dataclass(frozen=True)
class Advance:
    """How far a change has come: the ids that are done, and what became of those of them that were selected, in their order."""

    ids: Sequence[str]
    outcomes: Sequence[Outcome]


More = Callable[[Sequence[Outcome]], list[Write]]
"""The writes that belong into the transaction with these outcomes, such as the cursor of a job."""


def each(decide: Callable[[Device], Outcome | None], again: Collection[str] = (CHANGED,)) -> Change[None]:
    """A change whose decisions need nothing but the device."""
    return Change(lambda reach, devices: None, lambda device, _: decide(device), again=again)


def no_more(outcomes: Sequence[Outcome]) -> list[Write]:
    return []


@uses(Devices.even_deleted, Devices.move_writes)
def advance(reach: Reach, ids: Sequence[str], change: Change[Any], more: More = no_more) -> Advance:
    """Change the first of these devices in one transaction: as many as fit into it, at least one. Ids that nothing has are passed over.

    When a device was changed meanwhile, they are read and decided anew. `more` is called for each attempt; where only
    conditions of its own fail, Refused is raised. TooMany when no attempt gets through: nothing is changed then.
    """
    first = list(dict.fromkeys(ids))[:READ_AT_ONCE]

    def store(read: Mapping[str, Device | None]) -> Advance:
        beside = change.beside(reach, [device for device in read.values() if device is not None])
        decided = {id: None if device is None else change.decide(device, beside) for id, device in read.items()}
        plan = _plan(reach, decided, lambda outcomes: change.checks(reach, beside, outcomes), more)
        transact(plan.writes)
        return Advance(plan.ids, plan.outcomes)

    read = every({id: Devices.even_deleted(id).optional() for id in first})
    return retrying(reach, read, store, on=change.again, busy=TooMany("The devices are being changed too much at once"))


@uses(advance)
def apply(reach: Reach, ids: Sequence[str], change: Change[Any], more: More = no_more, patience: float = math.inf) -> dict[str, Outcome]:
    """Change all of these devices, one transaction after the other; what became of each by its id, but for those that are passed over.

    `more` is as in `advance`. TooMany when devices are changed each time by others, or it takes longer than `patience` (seconds): those
    before them are changed then.
    """
    left, outcomes, end = list(dict.fromkeys(ids)), dict[str, Outcome](), time.monotonic() + patience
    while left:
        if outcomes and time.monotonic() > end:
            raise TooMany("It takes too long for all devices at once: some are changed, do it again for the others")
        done = advance(reach, left, change, more)
        outcomes |= {outcome.id: outcome for outcome in done.outcomes}
        left = left[len(done.ids) :]
    return outcomes


@dataclass(frozen=True)
class _Plan:
    ids: Sequence[str]
    outcomes: Sequence[Outcome]
    writes: Sequence[Write]


def _plan(reach: Reach, decided: Mapping[str, Outcome | None], checks: More, more: More) -> _Plan:
    """The transaction for as many of the devices as fit into one, or for the first."""
    ids = list(decided)
    writes = [_writes(reach, outcome) for outcome in decided.values()]
    for number in range(_at_most(writes), 0, -1):
        outcomes = [outcome for id in ids[:number] if (outcome := decided[id]) is not None]
        own = [write for part in writes[:number] for write in part]
        updated = [outcome for outcome in outcomes if outcome.after is not None]
        written = {write.pair for write in own}
        together = combined([*own, *(check for check in checks(updated) if check.pair not in written), *more(outcomes)])
        if _fits(together):
            break
    return _Plan(ids[:number], outcomes, together)


def _writes(reach: Reach, outcome: Outcome | None) -> list[Write]:
    if outcome is None or outcome.after is None:
        return []
    return [*Devices.move_writes(reach, outcome.before, outcome.after), *outcome.writes]


def _at_most(parts: Sequence[Sequence[Write]]) -> int:
    """How many of the parts fit into a transaction by their bytes, from the first on; at least one."""
    total = 0
    for number, part in enumerate(parts):
        total += sum(map(weight, part))
        if number and total > MOST_BYTES:
            return number
    return len(parts)


def _fits(writes: Sequence[Write]) -> bool:
    return len(writes) <= MOST_ACTIONS and len({write.pair for write in writes}) == len(writes) and sum(map(weight, writes)) <= MOST_BYTES


def weight(write: Write) -> int:
    """Bytes that a write adds to the size of its transaction, in which items count as a whole: at most, where they are devices."""
    if write.operation == "Put":
        return sum(_bytes(write.parameters["Item"]))
    return create_device.MOST_BYTES if write.operation == "ConditionCheck" else _OTHER_ITEM


def _bytes(value: Any) -> Iterator[int]:
    """Bytes of an attribute, its type and names included, which is more than DynamoDB counts."""
    match value:
        case str():
            yield len(value.encode())
        case bytes():
            yield len(value)
        case dict():
            for name, each in value.items():
                yield len(name.encode()) + 1
                yield from _bytes(each)
        case list() | tuple():
            for each in value:
                yield from _bytes(each)
