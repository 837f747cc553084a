"""Trials: a deed is done amid faults, repeated until its caller is content, and what is there then is held against one clean run."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.injector import DONE, FAULTS, Injector, Trouble
from tests.faults.places import Deed
from tests.faults.state import Snapshot, world
from tests.harness.aws import forget

SEVERAL = "several at once"
REPEATED = "repeated"
KINDS = (*FAULTS, SEVERAL, REPEATED)
_PATIENCE = 16
"""Tries after which a caller gives up; no plan has as many faults as that."""
_READS = ("Get", "BatchGet", "Query", "Decrypt", "AssumeRole")

Plan = Mapping[int, Trouble]


@dataclass
class Tally:
    """Counts for one place and kind of fault: items or messages that were missing or too many, over all tries.

    `again`: tries after which a repeated order had been carried out as often as it was given, where that is a difference.
    """

    tries: int = 0
    hit: int = 0
    again: int = 0
    lost: int = 0
    doubled: int = 0


@dataclass
class Report:
    """What the tries at one place came to. `wrong` tells of those that did not end as they should."""

    calls: Sequence[str] = ()
    tallies: dict[str, Tally] = field(default_factory=lambda: {kind: Tally() for kind in KINDS})
    wrong: list[str] = field(default_factory=list)


class Trial:
    """One place, prepared: the state before, and what clean runs make of it."""

    def __init__(self, deed: Deed) -> None:
        self.deed = deed
        self._before = Snapshot.taken()
        self.report = Report()
        self.report.calls = self._run({})
        self._clean = [world()]

    def each(self, seed: str, most: int) -> None:
        """Every kind of fault, for one attempt and for all, at every call; or the most telling of these, and some of the rest."""
        plans = [(at, Trouble(fault, lasting)) for at in range(len(self.report.calls)) for fault in FAULTS for lasting in (False, True)]
        random.Random(seed).shuffle(plans)
        for at, trouble in sorted(plans, key=self._telling)[:most]:
            self._try(trouble.fault, {at: trouble})

    def _telling(self, plan: tuple[int, Trouble]) -> bool:
        """What comes first: answers to writes that are lost (False sorts before True)."""
        at, trouble = plan
        return trouble.fault not in DONE or self.report.calls[at].partition(".")[2].startswith(_READS)

    def several(self, seed: str, number: int) -> None:
        """Faults of random kinds at random calls, those of the repetitions included."""
        chance = random.Random(seed)
        for _ in range(number):
            within = range(len(self.report.calls) * 3)
            self._try(SEVERAL, {at: Trouble(chance.choice(FAULTS), chance.random() < 0.5) for at in within if chance.random() < 0.3})

    def repeated(self) -> None:
        """All goes well, and the caller comes again all the same; to an order given twice, other rules apply."""
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

    def _allowed(self) -> Iterator[Counter[str]]:
        """What one clean run leaves; and, for each time that the caller was told of a failure, one run more."""
        for times in range(1, 2 + self.deed.failures * self.deed.again):
            while len(self._clean) < times:
                self._clean.append(self._after(len(self._clean) + 1))
            yield self._clean[times - 1]

    def _after(self, times: int) -> Counter[str]:
        failures = self.deed.failures
        self._run({})
        for _ in range(times - 1):
            self.deed.come_again()
            assert self.deed.once()
        self.deed.failures = failures
        return world()

    def _judge(self, kind: str, plan: Plan, hit: int) -> None:
        tally, found = self.report.tallies[kind], world()
        tally.tries += 1
        tally.hit += hit
        if found == self._clean[0]:
            return
        if found in list(self._allowed()):
            tally.again += 1
            return
        lost, doubled = self._clean[0] - found, found - self._clean[0]
        tally.lost += lost.total()
        tally.doubled += doubled.total()
        self.report.wrong.append(f"{plan}: lost {_told(lost)}, doubled {_told(doubled)}")


def _told(items: Counter[str]) -> list[str]:
    return sorted(items.elements())
