"""Sessions of the console, each under its user, and the tries to prove who one is."""

from __future__ import annotations

from datetime import timedelta

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read
from fleet.aws.writes import Write, transact
from fleet.errors import NotFound
from fleet.grants import needs
from fleet.identity.session import Session, Tries


def key(user: str, hash: str) -> table.Key:
    return f"USER#{user}", f"SESSION#{hash}"


TRIED = "tried-meanwhile"
"""The condition that no other try was counted meanwhile."""
_SESSIONS = Items(Session, "User")
_TRIES = Items(Tries, "User")


class Sessions:
    """Sessions (access-patterns.md S1 to S3)."""

    @staticmethod
    def of(user: str, hash: str) -> Read[Session | None]:
        """S1: the session that a token stands for, or None. Read before there is a principal, so reach does not judge it."""
        return _SESSIONS.unchecked(key(user, hash))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def opening(reach: Reach, session: Session) -> Write:
        """S2: the write of a new session. The row goes by itself some time after its end."""
        if not reach.covers(session.organization):
            raise NotFound("User")
        row = {
            "org": {"S": session.organization},
            "body": {"S": session.model_dump_json()},
            "ttl": {"N": str(int(session.expires.timestamp()))},
        }
        return Write.put(key(session.user, session.hash), row)

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem")
    def close(reach: Reach, session: Session) -> None:
        """S3: the end of a session; one that is gone already stays gone."""
        if not reach.covers(session.organization):
            raise NotFound("User")
        transact([Write.delete(key(session.user, session.hash), None)])


def signing_in(account: str) -> table.Key:
    """Where tries to sign in to an account are counted; `account` is a keyed hash, of whatever was typed."""
    return f"TRIES#{account}", "TRIES"


def confirming(user: str) -> table.Key:
    """Where tries to confirm something within a session are counted."""
    return f"USER#{user}", "TRIES"


class Counts:
    """Tries to prove who one is (access-patterns.md T1 and T2). They belong to whoever tries, so reach does not judge them."""

    @staticmethod
    def at(pair: table.Key) -> Read[Tries]:
        """T1: the tries that are counted in one place."""
        return _TRIES.unchecked(pair).map(lambda tries: tries or Tries())

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def noting(reach: Reach, pair: table.Key, tries: Tries) -> Write:
        """T2: the write of the next tries; it fails when another try was noted meanwhile."""
        row = {"version": {"N": str(tries.version)}, "body": {"S": tries.model_dump_json()}}
        if tries.forgotten:
            row["ttl"] = {"N": str(int((tries.forgotten + timedelta(seconds=1)).timestamp()))}
        if tries.version == 1:
            return Write.put(pair, row, named=TRIED)
        return Write.put(pair, row, "attribute_not_exists(pk) OR version = :before", named=TRIED, before={"N": str(tries.version - 1)})
