"""Trials: an operation runs with faults, is repeated until it succeeds, and the final state is compared with that of a clean run."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from fleet.aws.backoff import Clock, within_budget
from tests.faults.injector import DONE, FAULTS, REFUSED, Injector, PlannedFault
from tests.faults.places import Operation, StreamDelivery
from tests.faults.state import Snapshot, world
from tests.harness.aws import forget

SEVERAL = "several at once"
REPEATED = "repeated"
SWAPPED, MIDDLE = "swapped", "middle"
"""Of streams: rows of a partition in another order; a call that ends in the middle of its batch."""
KINDS = (*FAULTS, SEVERAL, REPEATED, SWAPPED, MIDDLE)
_PATIENCE = 16
"""Attempts after which a caller gives up, unless there are more faults: each attempt that fails has met one."""
_READS = ("Get", "BatchGet", "Query", "Decrypt", "AssumeRole")

_NO_TIME = Clock(now=lambda: 0.0, wait=lambda _: None)
"""The product's own repetitions are real, without their pauses."""
Plan = Mapping[int, PlannedFault]


@dataclass
class Tally:
    """Counts for one place and kind of fault: missing or additional items and messages over all trials.

    `again`: trials in which a repeated order was carried out each time it was given, where that differs from once.
    """

    tries: int = 0
    hit: int = 0
    again: int = 0
    lost: int = 0
    doubled: int = 0


@dataclass
class Report:
    """The results of the trials at one place. `wrong` describes the failed ones."""

    calls: Sequence[str] = ()
    tallies: dict[str, Tally] = field(default_factory=lambda: {kind: Tally() for kind in KINDS})
    wrong: list[str] = field(default_factory=list)


class Trial:
    """A prepared place: the state before, and the results of clean runs."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self._before = Snapshot.take()
        self.report = Report()
        self.report.calls = self._run({})
        self._clean = [self._world()]

    def each(self, seed: str, most: int) -> None:
        """Every kind of fault, for one attempt and for all, at every call; or the `most` most important of these."""
        plans = [
            (at, PlannedFault(fault, lasting))
            for at, call in enumerate(self.report.calls)
            for fault in FAULTS
            if call in REFUSED.get(fault, (call,))
            for lasting in (False, True)
        ]
        random.Random(seed).shuffle(plans)
        for at, planned in sorted(plans, key=self._telling)[:most]:
            self._try(planned.fault, {at: planned})

    def _telling(self, plan: tuple[int, PlannedFault]) -> bool:
        """The sort key: lost answers to writes, and what the SDK does not repeat, first (False sorts before True)."""
        at, planned = plan
        written = planned.fault in DONE and not self.report.calls[at].partition(".")[2].startswith(_READS)
        return not (written or planned.fault in REFUSED)

    def several(self, seed: str, number: int) -> None:
        """Random faults at random calls, including those of repetitions."""
        chance = random.Random(seed)
        for _ in range(number):
            within = range(len(self.report.calls) * 3)
            self._try(SEVERAL, {at: PlannedFault(chance.choice(FAULTS), chance.random() < 0.5) for at in within if chance.random() < 0.3})

    def repeat_success(self) -> None:
        """Repeat a successful operation, unless it is not idempotent."""
        if not self.operation.again:
            self._run({})
            self.operation.repeat()
            assert self.operation.attempt()
            self._judge(REPEATED, {}, 1)

    def stream(self, seed: str, most: int) -> None:
        """What a stream does: each of its disorders, alone and with a call that fails for good; or `most` of these."""
        delivery, chance = self.operation, random.Random(seed)
        if not isinstance(delivery, StreamDelivery):
            return
        disorders = [(SWAPPED, each) for each in delivery.swapped()] + [(MIDDLE, each) for each in delivery.dying_in_the_middle()]
        chance.shuffle(disorders)
        for kind, self.operation in disorders[:most]:
            failing = {chance.randrange(len(self.report.calls)): PlannedFault(chance.choice(DONE), lasting=True)}
            self._try(kind, {}, hit=1)
            self._try(kind, failing, hit=1)
        self.operation = delivery

    def _try(self, kind: str, plan: Plan, hit: int = 0) -> None:
        """`hit` is how many faults there are but those of the plan."""
        self._run(plan)
        self._hit += hit
        self._judge(kind, plan, self._hit)
        met_once = all(not planned.lasting for planned in plan.values())
        if met_once and self.operation.failures:
            self.report.wrong.append(f"{plan}: the caller got a failure for a fault that the client's own repetition overcomes")

    def _run(self, plan: Plan) -> Sequence[str]:
        self._before.restore()
        forget()
        self.operation.reset()
        with Injector(plan) as injector, within_budget(_NO_TIME):
            content = any(self.operation.attempt() for _ in range(max(_PATIENCE, len(plan) + 1)))
        assert content, plan
        self._hit = injector.hit
        return injector.calls

    def _allowed_states(self) -> Iterator[Counter[str]]:
        """The state after one clean run, and after one more for each failure that the caller got."""
        for times in range(1, 2 + self.operation.failures * self.operation.again):
            while len(self._clean) < times:
                self._clean.append(self._after(len(self._clean) + 1))
            yield self._clean[times - 1]

    def _after(self, times: int) -> Counter[str]:
        failures = self.operation.failures
        self._run({})
        for _ in range(times - 1):
            self.operation.repeat()
            assert self.operation.attempt()
        self.operation.failures = failures
        return self._world()

    def _world(self) -> Counter[str]:
        """What there is when what follows the operation has been done too."""
        self.operation.finish()
        return world()

    def _judge(self, kind: str, plan: Plan, hit: int) -> None:
        tally, found = self.report.tallies[kind], self._world()
        tally.tries += 1
        tally.hit += hit
        if found == self._clean[0]:
            return
        if found in list(self._allowed_states()):
            tally.again += 1
            return
        lost, doubled = self._clean[0] - found, found - self._clean[0]
        tally.lost += lost.total()
        tally.doubled += doubled.total()
        self.report.wrong.append(f"{plan}: lost {_texts(lost)}, doubled {_texts(doubled)}")


def _texts(items: Counter[str]) -> list[str]:
    return sorted(items.elements())
