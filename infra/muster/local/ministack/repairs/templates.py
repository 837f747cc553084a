"""Repairs of MiniStack 1.5.33's templates: applies properties of resources that it ignores."""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners

Change = Callable[[str, Mapping[str, Any]], None]


def on_change(kind: str, apply_change: Change) -> None:
    """Call `apply_change` with the physical id and the properties whenever a resource of this type is created or updated."""
    handlers = provisioners._RESOURCE_HANDLERS[kind]
    for verb, properties_at in (("create", 1), ("update", 2)):
        if verb in handlers:
            handlers[verb] = _then(handlers[verb], apply_change, properties_at)


def _then(original: Callable[..., Any], apply_change: Change, properties_at: int) -> Callable[..., Any]:
    def handle(*given: Any) -> Any:
        done = original(*given)
        apply_change(done[0], given[properties_at])
        return done

    return handle


def _time_to_live(table: str, properties: Mapping[str, Any]) -> None:
    if wanted := properties.get("TimeToLiveSpecification"):
        enabled = str(wanted.get("Enabled")).lower() == "true"
        specification = {"AttributeName": wanted.get("AttributeName"), "Enabled": enabled}
        dynamodb._update_ttl({"TableName": table, "TimeToLiveSpecification": specification})


def _saved_query(logical_id: str, properties: Mapping[str, Any], stack: str) -> tuple[str, dict[str, str]]:
    """A saved query, which nobody can run there: MiniStack refuses stacks that have one."""
    return f"{stack}-{logical_id}", {"QueryDefinitionId": f"{stack}-{logical_id}"}


def apply() -> None:
    on_change("AWS::DynamoDB::Table", _time_to_live)
    provisioners._RESOURCE_HANDLERS["AWS::Logs::QueryDefinition"] = {"create": _saved_query, "delete": lambda *_: None}
