"""The outbox: letters to workers that are not in their queues, because the relay has given them up or has not come to them yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Self

from fleet.access import EVERYWHERE
from fleet.aws import queues
from fleet.aws.writes import transact
from fleet.outbox.letters import PREFIX, RELAYED, Letters, Waiting
from fleet.tenancy.audit import Audit
from fleet.tenancy.audit_entry import Author
from muster.operator.author import author
from muster.operator.outbox import FAILED, in_units
from muster.operator.scan import beginning_with


@dataclass(frozen=True)
class UnsentLetter:
    """A letter that is not in its queue, without its content. `accepted` is when it was written, `age` the seconds since then."""

    queue: str
    group: str
    id: str
    organization: str
    accepted: datetime
    age: int

    @classmethod
    def of(cls, letter: Waiting, now: datetime) -> Self:
        """The letter as it is now."""
        accepted = datetime.fromtimestamp(letter.at, UTC)
        age = max(0, int((now - accepted).total_seconds()))
        return cls(letter.queue, letter.message.group, letter.message.id, letter.organization, accepted, age)


@dataclass(frozen=True)
class RetriedLetter(UnsentLetter):
    """A letter that was to be sent, and what became of it: Sent, or Failed with the `reason`."""

    outcome: str
    reason: str | None = None

    @property
    def left(self) -> bool:
        """Whether the letter is to be tried again, once what keeps it is mended."""
        return self.outcome == FAILED


def unsent() -> Iterator[UnsentLetter]:
    """The letters that are not in their queues, by queue and age. This reads the table from end to end."""
    now = datetime.now(UTC)
    yield from (UnsentLetter.of(letter, now) for letter in _letters())


def retry() -> Iterator[RetriedLetter]:
    """Send the letters that are not in their queues. Doing it again sends what is left."""
    by = author()
    for letter in _letters():
        reason = _send(letter, by)
        shown = UnsentLetter.of(letter, datetime.now(UTC))
        yield RetriedLetter(**asdict(shown), outcome=FAILED if reason else "Sent", reason=reason)


def _send(letter: Waiting, by: Author) -> str | None:
    """Send a letter, delete its row, and have the organization's audit log say so; the reason why it could not be sent."""
    reason = queues.send_internally(letter.queue, [letter.message]).get(letter.message)
    if reason is None:
        entry = by.entry("message.retried", organization=letter.organization, message=letter.message.id)
        transact([*Letters.done_writes(EVERYWHERE, letter), *Audit.entry_writes(EVERYWHERE, entry)])
    return reason


def _letters() -> list[Waiting]:
    found = map(Letters.parse, beginning_with([f"{PREFIX}{queue}#" for queue in RELAYED]))
    return sorted(found, key=lambda letter: (letter.queue, letter.at, letter.message.id))


def in_words(of: UnsentLetter) -> str:
    """A letter as a line of text."""
    outcome = f": {of.outcome}" if isinstance(of, RetriedLetter) else ""
    reason = f" ({of.reason})" if isinstance(of, RetriedLetter) and of.reason else ""
    return f"{of.queue} {of.group} {of.id}, {in_units(of.age)} old{outcome}{reason}"
