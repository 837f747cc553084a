"""The places where faults are put in: every route, every kind of message to a worker, and the operator's writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from edge.entry import Entry
from edge.worker import Entry as Worker
from fleet.errors import Conflict
from tests.harness.call import Context
from tests.harness.fleet import Fleet
from tests.suite.dialect import profile
from tests.suite.routes import every_route
from tests.suite.world import World
from tests.workers.messages import UplinkMessage, deliver, deliver_rows


class Deed(Protocol):
    """Something that a caller wants done, and repeats until it is."""

    @property
    def again(self) -> bool:
        """Whether doing it twice may be two things done: an order, a setting, an attempt to sign in."""
        ...

    failures: int
    """How often the caller was told that it failed."""

    def reset(self) -> None: ...

    def once(self) -> bool:
        """Try it; True when the caller need not come again."""
        ...

    def come_again(self) -> None:
        """Let the caller come again although it was content."""
        ...


@dataclass
class Called:
    """A call of a route. The client repeats what was answered with a 5xx; a refusal then tells it that it was done before."""

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

    def come_again(self) -> None:
        """The same request is sent again."""

    def once(self) -> bool:
        status = self.world.call(self.entry, **self.arguments).status
        self.statuses.append(status)
        self.failures += status >= 500
        good = status == (self.status or self.entry.route.status) or (400 <= status < 500 and len(self.statuses) > 1)
        assert good or status == 500, self.statuses
        return good


@dataclass
class Delivered:
    """Messages in a queue. What is reported as failed comes again."""

    worker: Worker
    messages: Sequence[UplinkMessage]
    again = False
    failures: int = 0
    left: Sequence[UplinkMessage] = ()

    def reset(self) -> None:
        self.failures, self.left = 0, self.messages

    def come_again(self) -> None:
        self.left = self.messages

    def once(self) -> bool:
        failed = deliver(self.worker, *self.left)
        self.failures += bool(failed)
        self.left = [uplink_message for uplink_message in self.left if uplink_message.id in failed]
        return not self.left


@dataclass
class Streamed:
    """Rows in a stream, that `became` what they are by an INSERT or a REMOVE. From the first that is reported as failed, all come again."""

    worker: Worker
    rows: Sequence[dict[str, Any]]
    became: str = "INSERT"
    again = False
    failures: int = 0
    left: Sequence[dict[str, Any]] = ()

    def reset(self) -> None:
        self.failures, self.left = 0, self.rows

    def come_again(self) -> None:
        self.left = self.rows

    def once(self) -> bool:
        failed = deliver_rows(self.worker, self.left, self.became)
        self.failures += bool(failed)
        self.left = self.left[min(int(number) for number in failed) - 1000 :] if failed else []
        return not self.left


@dataclass
class Ticked:
    """A schedule. A call that fails is repeated, and the next one comes anyway."""

    worker: Worker
    at: datetime
    again = False
    failures: int = 0

    def reset(self) -> None:
        self.failures = 0

    def come_again(self) -> None:
        """It is time again."""

    def once(self) -> bool:
        try:
            self.worker({"time": self.at.isoformat()}, Context())
        except (BotoCoreError, ClientError):
            self.failures += 1
            return False
        return True


@dataclass
class Operated:
    """An operator's command, typed again when AWS failed; a conflict says that it was done before."""

    command: Callable[[], object]
    again: bool = False
    failures: int = 0
    tries: int = 0

    def reset(self) -> None:
        self.failures = self.tries = 0

    def come_again(self) -> None:
        """It is typed again."""

    def once(self) -> bool:
        self.tries += 1
        try:
            self.command()
        except Conflict:
            assert self.tries > 1, "it was not done before"
        except (BotoCoreError, ClientError):
            self.failures += 1
            return False
        return True


@dataclass(frozen=True)
class Place:
    """A place by name, and how a fleet is prepared for it."""

    name: str
    prepare: Callable[[Fleet], Deed]


def routes() -> Iterator[Place]:
    """Each route's good call, and the further ones that it takes to make it do all that it may."""
    for entry in every_route():
        for number, arguments in enumerate([{}, *profile(entry.route.dialect).further.get(entry.route.name, ())], 1):
            yield Place(f"{entry.route.name}{'' if number == 1 else f' ({number})'}", _calling(entry, arguments))


def _calling(entry: Entry, arguments: Mapping[str, Any]) -> Callable[[Fleet], Deed]:
    def prepare(fleet: Fleet) -> Deed:
        world = World.make(fleet).ready(entry)
        of = world.of(entry)
        good = {"key": of.credential(entry), "path": of.path(entry), "body": of.body(entry), "query": of.query(entry)}
        changed = {name: value for name, value in arguments.items() if name != "status"}
        return Called(world, entry, {**good, **changed}, arguments.get("status"))

    return prepare
