"""Counts attempts to prove who one is, and lets nobody try who has failed too often (docs/adr/0010-who-waits-after-failures.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.hashes import attempt_hash
from fleet.aws.reads import Read, every
from fleet.aws.retrying import retrying
from fleet.aws.writes import Write, transact
from fleet.errors import TooMany
from fleet.grants import uses
from fleet.identity.throttle import Throttle, ThrottleRule, neighbourhood
from fleet.identity.throttles import TRIED, Throttles, proving

_NOBODY = Reach.of()


@dataclass(frozen=True)
class Counter:
    """A place where attempts are counted, and how many failures there make a wait."""

    place: table.Key
    rule: ThrottleRule


@dataclass(frozen=True)
class Attempt:
    """One attempt: where it counts, what was counted there before, and where and when it is made.

    `own` counts the attempts for an account or a client, `address` those from its source address for any of them; it is None where
    nobody from outside can try. `source` is a keyed hash of the address.
    """

    own: Counter
    address: Counter | None
    source: str
    now: datetime
    before: Mapping[table.Key, Throttle]

    @property
    def _seen(self) -> Throttle:
        return self.before[self.own.place]

    @property
    def just_seen(self) -> bool:
        """Whether its address has succeeded so lately that another success need not be remembered."""
        return self._seen.knows_lately(self.source, self.now)

    def _counters(self) -> list[Counter]:
        """Where it counts: from an address that is familiar, only for the account or client."""
        if self.address is None or self._seen.knows(self.source, self.now):
            return [self.own]
        return [self.own, self.address]

    def wait(self) -> None:
        """TooMany when too many have failed."""
        if seconds := max(self.before[each.place].wait(each.rule, self.now, self.source) for each in self._counters()):
            raise TooMany("Too many failed tries: wait", retry_after=seconds)

    def failed_writes(self) -> list[Write]:
        """The writes that count it as a failure. They fail when somebody TRIED meanwhile."""
        after = [(each, self.before[each.place].failed(each.rule, self.now, self.source)) for each in self._counters()]
        return [write for each, throttle in after for write in Throttles.store_writes(_NOBODY, each.rule, each.place, throttle)]

    def succeeded_writes(self) -> list[Write]:
        """The writes that remember its address as familiar. They fail when somebody TRIED meanwhile."""
        after = self._seen.succeeded(self.own.rule, self.now, self.source)
        return Throttles.store_writes(_NOBODY, self.own.rule, self.own.place, after)


def within_session(own: Counter, before: Throttle, now: datetime) -> Attempt:
    """An attempt of somebody who is known already, so that nobody from outside can use up theirs."""
    return Attempt(own, None, "", now, {own.place: before})


@uses(Throttles.at)
def _counted(places: Sequence[table.Key]) -> Read[dict[table.Key, Throttle]]:
    return every({place: Throttles.at(place) for place in places})


@uses(attempt_hash, _counted)
def from_address(own: Counter, api: str, spray: ThrottleRule, source: str, now: datetime) -> Read[Attempt]:
    """An attempt from a source address. `spray` is the rule for those that one address makes for all accounts or clients of an API."""
    near = neighbourhood(source)
    address = Counter(proving(attempt_hash(f"{api}-source:{near}")), spray)
    hash = attempt_hash(f"source:{near}")[:16]
    return _counted([own.place, address.place]).map(lambda before: Attempt(own, address, hash, now, before))


@uses(_counted, Throttles.store_writes)
def settle(attempt: Attempt, good: bool, writes: Sequence[Write]) -> None:
    """Count an attempt as a success or a failure, and do these writes, in one transaction. TooMany when too many have failed by now.

    It only counts if no other came in between, else it waits for its turn: of any number of guesses that are made at once, no more are
    answered than of guesses made one after the other. Refused: a condition of the writes did not hold.
    """

    def count(before: Mapping[table.Key, Throttle]) -> None:
        current = replace(attempt, before=before)
        current.wait()
        transact([*(current.succeeded_writes() if good else current.failed_writes()), *writes])

    busy = TooMany("Too many tries at once")
    retrying(_NOBODY, _counted(list(attempt.before)), count, first=attempt.before, on={TRIED}, busy=busy)
