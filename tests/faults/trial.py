"""Trials: a deed is done amid faults, repeated until its caller is content, and what is there then is held against one clean run."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.injector import FAULTS, Injector, Trouble
from tests.faults.places import Deed
from tests.faults.state import Snapshot, quiet, world
from tests.harness.aws import forget

SEVERAL = "several at once"
REPEATED = "repeated"
KINDS = (*FAULTS, SEVERAL, REPEATED)
_PATIENCE = 12
"""Tries after which a caller gives up; no plan has as many faults as that."""

Plan = Mapping[int, Trouble]


@dataclass
class Tally:
    """Counts for one place and kind of fault: items or messages that were missing or too many, over all tries."""

    tries: int = 0
    hit: int = 0
    lost: int = 0
    doubled: int = 0


@dataclass
class Report:
    """What the tries at one place came to. `wrong` tells of those that did not end as they should."""

    calls: Sequence[str] = ()
    tallies: dict[str, Tally] = field(default_factory=lambda: {kind: Tally() for kind in KINDS})
    wrong: list[str] = field(default_factory=list)


class Trial:
    """One place, prepared: the state before, and what a clean run makes of it."""

    def __init__(self, deed: Deed) -> None:
        self.deed = deed
        quiet()
        self._before = Snapshot.taken()
        self.report = Report()
        self.report.calls = self._run({})
        self._clean = world()
        self._twice = self._second() if deed.again else None

    def each(self) -> None:
        """Every kind of fault, for one attempt and for all, at every call."""
        for at in range(len(self.report.calls)):
            for fault in FAULTS:
                for lasting in (False, True):
                    self._try(fault, {at: Trouble(fault, lasting)})

    def several(self, seed: str, number: int) -> None:
        """Faults of random kinds at random calls, those of the repetitions included."""
        chance = random.Random(seed)
        for _ in range(number):
            within = range(len(self.report.calls) * 3)
            self._try(SEVERAL, {at: Trouble(chance.choice(FAULTS), chance.random() < 0.5) for at in within if chance.random() < 0.3})

    def repeated(self) -> None:
        """All goes well, and the caller comes again all the same."""
        if not self.deed.again:
            self._run({})
            self.deed.come_again()
            assert self.deed.once()
            self._judge(REPEATED, {}, 1)

    def _try(self, kind: str, plan: Plan) -> None:
        self._run(plan)
        self._judge(kind, plan, self._hit)
        met_once = all(not trouble.lasting for trouble in plan.values())
        if met_once and self.deed.failures:
            self.report.wrong.append(f"{plan}: the caller was told of a fault that the client's own repetition overcomes")

    def _run(self, plan: Plan) -> Sequence[str]:
        self._before.restore()
        forget()
        self.deed.reset()
        with Injector(plan) as injector:
            content = any(self.deed.once() for _ in range(_PATIENCE))
        assert content, plan
        self._hit = injector.hit
        return injector.calls

    def _second(self) -> Counter[str]:
        self._run({})
        self.deed.come_again()
        assert self.deed.once()
        return world()

    def _judge(self, kind: str, plan: Plan, hit: int) -> None:
        tally, found = self.report.tallies[kind], world()
        expected = self._twice if self._twice and self.deed.failures and found != self._clean else self._clean
        lost, doubled = expected - found, found - expected
        tally.tries += 1
        tally.hit += hit
        tally.lost += lost.total()
        tally.doubled += doubled.total()
        if lost or doubled:
            self.report.wrong.append(f"{plan}: lost {_told(lost)}, doubled {_told(doubled)}")


def _told(items: Counter[str]) -> list[str]:
    return sorted(items.elements())
