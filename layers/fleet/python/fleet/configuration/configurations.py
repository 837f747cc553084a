"""Configurations of gateways: one item each, beside the card."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.items import Items
from fleet.aws.reads import Read, reads_rows
from fleet.aws.writes import Write, unchanged
from fleet.configuration.configuration import Configuration
from fleet.grants import ANY, needs

_ITEMS = Items(Configuration, "Gateway")


def key(sn: str) -> table.Key:
    return f"SN#{sn}", "CONFIG"


class Configurations:
    """Configurations (access-patterns.md CO1 to CO4)."""

    @staticmethod
    @reads_rows(key(ANY))
    def by_sn(sn: str) -> Read[Configuration]:
        """CO1: a gateway's configuration, with the credential; an empty one where nothing is known."""
        return _ITEMS.one_or_none(key(sn)).map(lambda known: known or Configuration(sn=sn))

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem", keys=[key(ANY)])
    def store_writes(reach: Reach, organization: str, before: Configuration, after: Configuration) -> list[Write]:
        """CO2: the writes of a later state, for the transaction of what comes with it. They fail when another was written meanwhile."""
        reach.demand_change(organization, "Gateway")
        return [_ITEMS.replace(reach, key(after.sn), after, before.version, more={"org": {"S": organization}})]

    @staticmethod
    @needs("FleetTable", "dynamodb:ConditionCheckItem", keys=[key(ANY)])
    def unchanged_writes(reach: Reach, organization: str, before: Configuration) -> list[Write]:
        """CO3: the check of a transaction that no other state was written meanwhile."""
        reach.demand_change(organization, "Gateway")
        return [Write.check(key(before.sn), **unchanged(before.version))]

    @staticmethod
    @needs("FleetTable", "dynamodb:DeleteItem", keys=[key(ANY)])
    def forget_writes(reach: Reach, organization: str, sn: str) -> list[Write]:
        """CO4: the writes that delete the configuration of a gateway that is deleted."""
        reach.demand_change(organization, "Gateway")
        return [Write.delete(key(sn), None)]
