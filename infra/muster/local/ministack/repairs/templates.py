"""Repairs of MiniStack 1.5.33's templates: applies properties of resources that it ignores."""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners

Heed = Callable[[str, Mapping[str, Any]], None]


def heeding(kind: str, heed: Heed) -> None:
    """Call `heed` with physical id and properties whenever a resource of this type is created or updated."""
    handlers = provisioners._RESOURCE_HANDLERS[kind]
    for verb, properties_at in (("create", 1), ("update", 2)):
        if verb in handlers:
            handlers[verb] = _followed(handlers[verb], heed, properties_at)


def _followed(original: Callable[..., Any], heed: Heed, properties_at: int) -> Callable[..., Any]:
    def handle(*given: Any) -> Any:
        done = original(*given)
        heed(done[0], given[properties_at])
        return done

    return handle


def _time_to_live(table: str, properties: Mapping[str, Any]) -> None:
    if wanted := properties.get("TimeToLiveSpecification"):
        enabled = str(wanted.get("Enabled")).lower() == "true"
        specification = {"AttributeName": wanted.get("AttributeName"), "Enabled": enabled}
        dynamodb._update_ttl({"TableName": table, "TimeToLiveSpecification": specification})


def apply() -> None:
    heeding("AWS::DynamoDB::Table", _time_to_live)
