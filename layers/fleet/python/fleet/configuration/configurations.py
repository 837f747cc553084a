"""Configurations of gateways: one item each, beside the card."""

from __future__ import annotations

from fleet.access import Reach
from fleet.aws import table
from fleet.aws.reads import Ask, Found
from fleet.configuration.configuration import Configuration
from fleet.errors import NotFound
from fleet.grants import needs


def key(sn: str) -> table.Key:
    return f"SN#{sn}", "CONFIG"


class Configurations:
    """Configurations (access-patterns.md CO1 to CO3)."""

    @staticmethod
    def by_sn(sn: str) -> Ask[Configuration]:
        """CO1: a gateway's configuration, with the credential; an empty one where nothing is known."""

        def read(reach: Reach, found: Found) -> Configuration:
            item = found.get(key(sn))
            if item is None:
                return Configuration(sn=sn)
            if not reach.covers(table.text(item, "org")):
                raise NotFound("Gateway")
            return Configuration.model_validate_json(item["body"]["S"])

        return Ask([key(sn)], read)

    @staticmethod
    @needs("FleetTable", "dynamodb:PutItem")
    def storing(reach: Reach, organization: str, before: Configuration, after: Configuration) -> table.Write:
        """CO2: the write of a later state, for the transaction of what comes with it; it fails when another was written meanwhile."""
        if not reach.covers(organization):
            raise NotFound("Gateway")
        row = {"org": {"S": organization}, "version": {"N": str(after.version)}, "body": {"S": after.model_dump_json(exclude_none=True)}}
        condition, values = _unchanged(before)
        return table.put(key(after.sn), row, condition, **values)

    @staticmethod
    @needs("FleetTable", "dynamodb:ConditionCheckItem")
    def unchanged(reach: Reach, organization: str, before: Configuration) -> table.Write:
        """CO3: the check of a transaction that nobody has changed it meanwhile."""
        if not reach.covers(organization):
            raise NotFound("Gateway")
        condition, values = _unchanged(before)
        return table.check(key(before.sn), condition, **values)


def _unchanged(before: Configuration) -> tuple[str, dict[str, dict[str, str]]]:
    if before.version == 0:
        return "attribute_not_exists(pk)", {}
    return "version = :before", {"before": {"N": str(before.version)}}
