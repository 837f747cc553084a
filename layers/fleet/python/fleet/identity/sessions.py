"""Sessions of the console, each under its user, and how often somebody tried to prove who they are."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read
from fleet.aws.writes import Write, transact
from fleet.grants import needs
from fleet.identity.session import Session, Tries

TRIED = "tried-meanwhile"
"""The condition that no other try was counted meanwhile."""
_SESSIONS = Items(Session, "User")
_TRIES = Items(Tries, "User")


def key(user: str, hash: str) -> table.Key:
    return f"USER#{user}", f"SESSION#{hash}"


class Sessions:
    """Sessions (access-patterns.md S1 to S3)."""

    @staticmethod
    def of(user: str, hash: str) -> Read[Session | None]:
        """S1: the session of a token, or None. The reach is not checked: this is read before there is a principal."""
        return _SESSIONS.unchecked(key(user, hash))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def open_writes(reach: Reach, session: Session) -> list[Write]:
        """S2: the writes of a new session. The row expires some time after the session."""
        return [_SESSIONS.create(reach, key(session.user, session.hash), session, more=_expiry(session.expires))]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem")
    def close(reach: Reach, session: Session) -> None:
        """S3: the end of a session; one that is gone already stays gone."""
        reach.demand_change(session.organization, "User")
        transact([Write.delete(key(session.user, session.hash), None)])


def signing_in(account: str) -> table.Key:
    """Where tries to sign in to an account are counted; `account` is a keyed hash of what was entered, whatever that is."""
    return f"TRIES#{account}", "TRIES"


def confirming(user: str) -> table.Key:
    """Where tries to confirm something within a session are counted."""
    return f"USER#{user}", "TRIES"


class TryCounts:
    """Tries to prove who one is (access-patterns.md T1 and T2). They belong to whoever tries, so the reach is not checked."""

    @staticmethod
    def at(pair: table.Key) -> Read[Tries]:
        """T1: the tries that are counted in one place."""
        return _TRIES.unchecked(pair).map(lambda tries: tries or Tries())

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def store_writes(reach: Reach, pair: table.Key, tries: Tries) -> list[Write]:
        """T2: the writes of the next tries. They fail when somebody TRIED meanwhile; an expired row is no obstacle."""
        row = _TRIES.attributes(reach, tries) | (_expiry(tries.forgotten + timedelta(seconds=1)) if tries.forgotten else {})
        return [Write.put(pair, row, "attribute_not_exists(pk) OR version = :before", named=TRIED, before={"N": str(tries.version - 1)})]


def _expiry(at: datetime) -> dict[str, Any]:
    return {"ttl": {"N": str(int(at.timestamp()))}}
