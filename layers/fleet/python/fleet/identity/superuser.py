"""What users reach: the one place where a caller of a route gets a reach of everything."""

from __future__ import annotations

from fleet.access import EVERYWHERE, Reach
from fleet.identity.user import User


def reach_of(user: User) -> Reach:
    """Everything for a superuser; for others the organizations that they are in, without disabled ones, and what is shared, to read."""
    return EVERYWHERE if user.superuser else Reach.of(*(each.organization for each in user.in_force), shared=True)
