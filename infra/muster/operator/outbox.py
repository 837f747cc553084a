"""The outbox: messages to gateways that were not sent, because a worker has given them up or has not come to them yet.

Letters to other workers are in `letters.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Self

from botocore.exceptions import BotoCoreError, ClientError

from fleet.access import EVERYWHERE
from fleet.errors import FleetError
from fleet.outbox.message import Downlink
from fleet.outbox.messages import PREFIX, Downlinks
from fleet.plane import dispatch
from fleet.tenancy.audit_entry import Author
from muster.operator.author import author
from muster.operator.gateway import factory_of
from muster.operator.scan import beginning_with

FAILED, WAITING = "Failed", "Waiting"
"""Outcomes of messages that stay in the outbox: AWS failed; an earlier message to the gateway failed."""


@dataclass(frozen=True)
class UnsentMessage:
    """A message that was not sent, without its content. `accepted` is when a client or Muster gave it, `age` the seconds since then.

    `number` is its place in the order of the gateway's messages, `deadline` the time after which it is not sent, and `expired` says
    whether that is past.
    """

    sn: str
    number: int
    type: str
    id: str
    organization: str
    accepted: datetime
    age: int
    deadline: datetime | None
    expired: bool

    @classmethod
    def of(cls, message: Downlink, now: datetime) -> Self:
        """The message as it is now."""
        accepted = datetime.fromtimestamp(message.number // 1_000_000, UTC)
        return cls(
            sn=message.sn,
            number=message.number,
            type=message.type,
            id=message.id,
            organization=message.organization,
            accepted=accepted,
            age=max(0, int((now - accepted).total_seconds())),
            deadline=None if message.deadline is None else datetime.fromtimestamp(message.deadline, UTC),
            expired=message.deadline is not None and now.timestamp() > message.deadline,
        )


@dataclass(frozen=True)
class RetriedMessage(UnsentMessage):
    """A message that was to be sent, and what became of it: an outcome of the dispatcher, Failed with the `reason`, or Waiting."""

    outcome: str
    reason: str | None = None

    @property
    def left(self) -> bool:
        """Whether the message is to be tried again, once what keeps it is mended."""
        return self.outcome in (FAILED, WAITING, "Unreachable")


def unsent(sn: str | None) -> Iterator[UnsentMessage]:
    """The messages to this gateway, or to any, that were not sent, by gateway and number. Raises NoFactory."""
    now = datetime.now(UTC)
    yield from (UnsentMessage.of(message, now) for message in _messages(sn))


def retry(sn: str | None) -> Iterator[RetriedMessage]:
    """Send the messages to this gateway, or to any, that were not sent, each gateway's in the order of their numbers.

    After one that fails the later ones of its gateway wait. Doing it again sends what is left.
    """
    by = author()
    for _, messages in groupby(_messages(sn), lambda message: message.sn):
        yield from _retry(messages, by)


def _retry(messages: Iterable[Downlink], by: Author) -> Iterator[RetriedMessage]:
    failed = False
    for message in messages:
        now, reason = datetime.now(UTC), None
        outcome: str = WAITING
        if not failed:
            try:
                outcome = dispatch.retry(EVERYWHERE, message, now, by)
            except Exception as error:  # whatever it is, the messages to other gateways are sent
                outcome, reason, failed = FAILED, _reason(error), True
        yield RetriedMessage(**asdict(UnsentMessage.of(message, now)), outcome=outcome, reason=reason)


def _reason(error: Exception) -> str:
    """What AWS or Muster says of an error; of another its name alone, since its text may have a part of the message."""
    return str(error) if isinstance(error, BotoCoreError | ClientError | FleetError) else type(error).__name__


def _messages(sn: str | None) -> list[Downlink]:
    found = _all() if sn is None else Downlinks.unsent(EVERYWHERE, factory_of(sn)[0].sn)
    return sorted(found, key=lambda message: (message.sn, message.number))


def _all() -> Iterator[Downlink]:
    """The whole outbox. It is spread over the partitions of all gateways, so this reads the table from end to end."""
    yield from map(Downlinks.parse, beginning_with([PREFIX]))


def in_words(of: UnsentMessage) -> str:
    """A message as a line of text."""
    until = "" if of.deadline is None else f", {'expired at' if of.expired else 'until'} {of.deadline:%Y-%m-%d %H:%M:%S}"
    outcome = f": {of.outcome}" if isinstance(of, RetriedMessage) else ""
    reason = f" ({of.reason})" if isinstance(of, RetriedMessage) and of.reason else ""
    return f"{of.sn} {of.number} {of.type} {of.id}, {in_units(of.age)} old{until}{outcome}{reason}"


def in_units(seconds: int) -> str:
    """An age as text, in its largest unit."""
    for size, unit in ((3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
