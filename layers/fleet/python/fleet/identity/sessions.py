"""Sessions of the console, each under its user. They are the user's own, so the reach is not checked."""

from __future__ import annotations

from collections.abc import Sequence

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, every, reads_rows
from fleet.aws.writes import Write, transact
from fleet.grants import ANY, needs
from fleet.identity.session import Session

_ITEMS = Items(Session, "User")


def key(user: str, hash: str) -> table.Key:
    return f"USER#{user}", f"SESSION#{hash}"


class Sessions:
    """Sessions (access-patterns.md S1 to S3)."""

    @staticmethod
    @reads_rows(key(ANY, ANY))
    def of(user: str, hashes: Sequence[str]) -> Read[Session | None]:
        """S1: the session of a token, or None; stored under one of these hashes of its secret part."""
        found = every({hash: _ITEMS.unchecked(key(user, hash)) for hash in hashes})
        return found.map(lambda sessions: next((session for session in sessions.values() if session), None))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[key(ANY, ANY)])
    def open_writes(reach: Reach, session: Session) -> list[Write]:
        """S2: the writes of a new session. The row expires some time after the session."""
        expires = {"ttl": {"N": str(int(session.expires.timestamp()))}}
        return [_ITEMS.create(reach, key(session.user, session.hash), session, more=expires)]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[key(ANY, ANY)])
    def close(reach: Reach, session: Session) -> None:
        """S3: the end of a session; one that is gone already stays gone."""
        transact([Write.delete(key(session.user, session.hash), None)])
