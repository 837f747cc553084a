"""The places for faults: every route, every type of message to a worker, and the operator's writes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from edge.entry import Entry
from edge.worker import WorkerEntry
from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.bulk.follow_ups import SETTLE, STATE
from fleet.errors import Conflict, NotFound, TooMany, Unexpected
from fleet.jobs.jobs import Jobs
from functions.workers.job.step import handler as job_step
from muster.operator.access_token import NoToken
from muster.operator.api_key import NoKey
from muster.operator.device import NoDevice
from muster.operator.gateway import NoFactory
from muster.operator.group import NoGroup
from muster.operator.location import NoLocation
from muster.operator.organization import NoOrganization
from muster.operator.thingsee_client import NoClient
from muster.operator.user import NoMember, NoUser
from tests.harness.call import invoke
from tests.harness.fleet import Fleet
from tests.suite.dialect import profile
from tests.suite.routes import every_route
from tests.suite.world import World
from tests.workers.messages import UplinkMessage, deliver, deliver_rows


class Operation(Protocol):
    """An operation that its caller repeats until it succeeds."""

    @property
    def again(self) -> bool:
        """Whether it is not idempotent: an order, a setting, an attempt to sign in."""
        ...

    failures: int
    """How often the caller got a failure."""

    def reset(self) -> None: ...

    def attempt(self) -> bool:
        """Attempt it; True when the caller need not repeat it."""
        ...

    def finish(self) -> None:
        """Do what others do after it, before the world is judged."""

    def repeat(self) -> None:
        """Repeat it although it succeeded."""
        ...


class Ended:
    """Nothing follows from it."""

    def finish(self) -> None:
        """Nothing to do."""


@dataclass
class RouteCall:
    """A call of a route. The client repeats it after a 5xx or 429; another refusal then means that it was carried out before."""

    world: World
    entry: Entry
    arguments: dict[str, Any]
    status: int | None = None
    failures: int = 0
    statuses: list[int] = field(default_factory=list)

    @property
    def again(self) -> bool:
        return self.entry.route.method != "GET"

    def reset(self) -> None:
        self.failures = 0
        self.statuses = []

    def repeat(self) -> None:
        """Nothing to prepare: the same request is sent again."""

    def attempt(self) -> bool:
        status = self.world.call(self.entry, **self.arguments).status
        self.statuses.append(status)
        failed = status in (429, 500)
        self.failures += failed
        good = status == (self.status or self.entry.route.status) or (400 <= status < 500 and len(self.statuses) > 1 and not failed)
        assert good or failed, self.statuses
        return good

    def finish(self) -> None:
        """Carry out the jobs that follow a change, which may have done their part in the request already."""
        organization = self.world.of(self.entry).organization.id
        ids = list(Jobs.of_organization(EVERYWHERE, organization)) if self.entry.route.dialect == "wegnology" else []
        for id in reversed(ids):
            job = fetch(EVERYWHERE, Jobs.by_id(id))
            if job.open and job.kind in (SETTLE, STATE):
                assert not deliver(job_step, UplinkMessage(json.dumps({"job": id}), ""))


@dataclass
class QueueDelivery(Ended):
    """Messages in a queue. Failed ones are redelivered."""

    worker: WorkerEntry
    messages: Sequence[UplinkMessage]
    again = False
    failures: int = 0
    remaining: Sequence[UplinkMessage] = ()

    def reset(self) -> None:
        self.failures, self.remaining = 0, self.messages

    def repeat(self) -> None:
        self.remaining = self.messages

    def attempt(self) -> bool:
        failed = deliver(self.worker, *self.remaining)
        self.failures += bool(failed)
        self.remaining = [uplink_message for uplink_message in self.remaining if uplink_message.id in failed]
        return not self.remaining


@dataclass
class StreamDelivery(Ended):
    """Rows in a stream, changed by INSERT or REMOVE (`became`). All from the first failed one on are redelivered.

    To a worker on a queue come the letters of the rows, as the relay sends them.

    `dies_after`: the first call ends without an answer when it has handled so many rows, and all of them are redelivered.
    """

    worker: WorkerEntry
    rows: Sequence[dict[str, Any]]
    became: str = "INSERT"
    dies_after: int = 0
    again = False
    failures: int = 0
    remaining: Sequence[dict[str, Any]] = ()
    dying: int = 0

    def reset(self) -> None:
        self.failures, self.remaining, self.dying = 0, self.rows, self.dies_after

    def repeat(self) -> None:
        self.remaining = self.rows

    def swapped(self) -> Iterator[StreamDelivery]:
        """Deliveries with the rows of a partition in another order: two that follow one another swapped, and all of them reversed."""
        partitions: dict[str, list[int]] = {}
        for at, row in enumerate(self.rows):
            partitions.setdefault(row["pk"]["S"], []).append(at)
        for places in partitions.values():
            for pair in pairwise(places):
                yield self._in_order(dict(zip(pair, reversed(pair), strict=True)))
            if len(places) > 2:
                yield self._in_order(dict(zip(places, reversed(places), strict=True)))

    def _in_order(self, other: Mapping[int, int]) -> StreamDelivery:
        return replace(self, rows=[self.rows[other.get(at, at)] for at in range(len(self.rows))])

    def dying_in_the_middle(self) -> Iterator[StreamDelivery]:
        """Deliveries whose first call ends after each of the rows but the last."""
        yield from (replace(self, dies_after=handled) for handled in range(1, len(self.rows)))

    def attempt(self) -> bool:
        if self.dying:
            deliver_rows(self.worker, self.remaining[: self.dying], self.became)
            self.dying = 0
            return False
        failed = deliver_rows(self.worker, self.remaining, self.became)
        self.failures += bool(failed)
        self.remaining = self.remaining[min(int(number) for number in failed) - 1000 :] if failed else []
        return not self.remaining


@dataclass
class ScheduledRun(Ended):
    """A scheduled run. A failed one is repeated, and the next one follows anyway."""

    worker: WorkerEntry
    at: datetime
    again = False
    failures: int = 0

    def reset(self) -> None:
        self.failures = 0

    def repeat(self) -> None:
        """Nothing to prepare: the next run is due."""

    def attempt(self) -> bool:
        failed = False
        try:
            invoke(self.worker, {"time": self.at.isoformat()})
        except* (BotoCoreError, ClientError, TooMany, Unexpected):
            failed = True
        self.failures += failed
        return not failed


@dataclass
class OperatorCommand(Ended):
    """An operator's command, repeated after AWS failed; a conflict means that it was carried out before, and so does that what it
    deletes is gone.
    """

    command: Callable[[], object]
    again: bool = False
    failures: int = 0
    tries: int = 0

    def reset(self) -> None:
        self.failures = self.tries = 0

    def repeat(self) -> None:
        """Nothing to prepare: the command is run again."""

    def attempt(self) -> bool:
        self.tries += 1
        try:
            self.command()
        except (Conflict, NotFound, NoClient, NoDevice, NoFactory, NoGroup, NoKey, NoLocation, NoMember, NoOrganization, NoToken, NoUser):
            assert self.tries > 1, "it was not done before"
        except (BotoCoreError, ClientError, TooMany, Unexpected):
            self.failures += 1
            return False
        return True


@dataclass(frozen=True)
class Place:
    """A place's name, and the function that prepares its operation in a fleet."""

    name: str
    prepare: Callable[[Fleet], Operation]


def routes() -> Iterator[Place]:
    """Each route's valid call, and further calls for its other effects."""
    for entry in every_route():
        for number, arguments in enumerate([{}, *profile(entry.route.dialect).further.get(entry.route.name, ())], 1):
            yield Place(f"{entry.route.name}{'' if number == 1 else f' ({number})'}", _calling(entry, arguments))


def _calling(entry: Entry, arguments: Mapping[str, Any]) -> Callable[[Fleet], Operation]:
    def prepare(fleet: Fleet) -> Operation:
        world = World.make(fleet).ready(entry)
        of = world.of(entry)
        good = {"key": of.credential(entry), "path": of.path(entry), "body": of.body(entry), "query": of.query(entry)}
        changed = {name: value for name, value in arguments.items() if name != "status"}
        return RouteCall(world, entry, {**good, **changed}, arguments.get("status"))

    return prepare
