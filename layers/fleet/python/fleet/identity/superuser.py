"""What users reach: the one place where a caller of a route gets a reach of everything."""

from __future__ import annotations

from fleet.access import EVERYWHERE, SHARED, Reach
from fleet.identity.user import User


def reach_of(user: User) -> Reach:
    """Everything for a superuser. Others change the organizations that they manage, and read those that they are in, without disabled
    ones, and what is shared.
    """
    if user.superuser:
        return EVERYWHERE
    managed = (each.organization for each in user.in_force if each.manager)
    return Reach.of(*managed, reads=[SHARED, *(each.organization for each in user.in_force)])
