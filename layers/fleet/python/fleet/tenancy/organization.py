"""The tenant."""

from __future__ import annotations

from typing import Literal

from fleet.access import Unplaced
from fleet.values import Value, Versioned

Plan = Literal["Free", "On-Demand", "Enterprise"]
API_PLANS: frozenset[Plan] = frozenset({"On-Demand", "Enterprise"})
"""The plans that come with access through API keys."""


class Address(Value):
    """A postal address; coordinates in degrees (WGS 84)."""

    country: str | None = None
    line: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    latitude: float | None = None
    longitude: float | None = None


class Organization(Versioned, Unplaced):
    """A tenant, or the one that holds what is SHARED. `data_key` is its data key, wrapped by KMS (base64).

    While it is not `active`, its credentials are refused, and nobody can make it new ones.
    """

    name: str
    slug: str
    plan: Plan = "Enterprise"
    address: Address | None = None
    data_key: str
    active: bool = True

    @property
    def api_access(self) -> bool:
        """Whether its plan comes with access through API keys."""
        return self.plan in API_PLANS
