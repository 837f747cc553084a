"""When API keys were last used, to the hour: beside each key, under the public part of its text, in a row of its own.

Every route that a key calls may write these rows, so they hold nothing else (docs/adr/0032-when-a-key-was-last-used-is-kept-beside-it.md).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from fleet.aws import table
from fleet.aws.reads import Read, reads_rows, unchecked_item
from fleet.aws.table import Item
from fleet.aws.writes import Write, write_in_passing
from fleet.grants import ANY, needs

KEPT = timedelta(days=400)
"""How long a row stays after the hour in it: longer than any key lives. It ends rows that were written while their key was deleted."""


def key(public_id: str) -> table.Key:
    return f"USED#{public_id}", "USED"


def hour_of(at: datetime) -> datetime:
    """The beginning of the hour, in UTC."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


class LastUses:
    """When texts of API keys were last used (access-patterns.md K9 to K11). A text is named by its public part.

    The reach is not checked: a use is read and written before there is a principal, and otherwise by who has the key already.
    """

    @staticmethod
    @reads_rows(key(ANY))
    def of(public_id: str) -> Read[datetime | None]:
        """K9: the hour in which a text was last used; None if it has not been, in the last KEPT."""
        return unchecked_item(key(public_id)).map(_hour_in)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[key(ANY)])
    def record(public_id: str, at: datetime) -> str | None:
        """K10: that a text was used, unless a use in that hour or a later one is recorded. Never raises for AWS and never waits for long.

        None, or the reason why it could not be recorded.
        """
        hour = hour_of(at)
        used, ttl = (str(int(time.timestamp())) for time in (hour, hour + KEPT))
        new = "attribute_not_exists(pk) OR used < :used"
        return write_in_passing(Write.put(key(public_id), {"used": {"N": used}, "ttl": {"N": ttl}}, new, used={"N": used}))

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[key(ANY)])
    def forget_writes(public_id: str) -> list[Write]:
        """K11: the writes that forget when a text was used: with its end."""
        return [Write.delete(key(public_id), None)]


def _hour_in(stored: Item | None) -> datetime | None:
    return None if stored is None else datetime.fromtimestamp(int(stored["used"]["N"]), UTC)
