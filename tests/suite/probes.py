"""Key patterns that tests take out of a route's grants, to see that this is noticed, and of this route alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Probe:
    """A pattern of partition keys in the grant of an action on the fleet table, and what the key begins with that the route is to lack."""

    route: str
    action: str
    pattern: str
    begins: str

    def __str__(self) -> str:
        return f"{self.route} {self.action.partition(':')[2]}"


_ORGANIZATION = "ORG#????????????????????????"
PROBES = (
    Probe("get_organization", "dynamodb:BatchGetItem", _ORGANIZATION, "ORG#"),
    Probe("get_thing", "dynamodb:BatchGetItem", "TUID#*", "TUID#"),
    Probe("list_api_keys", "dynamodb:Query", "ORG#*#APIKEYS", "ORG#"),
    Probe("set_wan", "dynamodb:PutItem", "OUTBOX#Downlinks#*", "OUTBOX#Downlinks#"),
    Probe("create_session", "dynamodb:UpdateItem", "USER#*", "USER#"),
    Probe("delete_api_key", "dynamodb:DeleteItem", "APIKEY#*", "APIKEY#"),
    Probe("create_api_key", "dynamodb:ConditionCheckItem", _ORGANIZATION, "ORG#"),
    Probe("edit_api_key", "dynamodb:PutItem", "AUDIT#*", "AUDIT#"),
)
"""An action of every kind that routes do: they read single items by BatchGetItem too, and write by transactions alone."""
