"""Repairs of MiniStack 1.5.33's CloudFormation: nested SAM templates, updates of nested stacks, and reserved concurrency."""
# mypy: disable-error-code="import-not-found"

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import cloudformation, lambda_svc
from ministack.services.cloudformation import engine, provisioners

from .templates import on_change


def nested_sam() -> None:
    """Expand SAM in nested templates too, by patching the function with which their provisioner reads a template."""
    parse = engine._parse_template
    engine._parse_template = lambda body: engine._apply_transforms(parse(body))


def nested_update() -> None:
    """Preserve the attributes of resources that an update of a nested stack does not change, so that GetAtt still finds them."""
    update = provisioners._update_resource

    def update_with_attributes(kind: str, id: str, old: Any, new: Any, stack: str, logical: str | None = None, known: Any = None) -> Any:
        kept = known or (cloudformation._stacks.get(stack) or {}).get("_resources", {}).get(logical, {}).get("Attributes")
        return update(kind, id, old, new, stack, logical, kept)

    provisioners._update_resource = update_with_attributes


def _reserved_concurrency(name: str, properties: Mapping[str, Any]) -> None:
    """Apply ReservedConcurrentExecutions of a function."""
    function = lambda_svc._functions.get(name)
    if function is not None:
        wanted = properties.get("ReservedConcurrentExecutions")
        function["concurrency"] = None if wanted is None else int(wanted)


def apply() -> None:
    nested_sam()
    nested_update()
    on_change("AWS::Lambda::Function", _reserved_concurrency)
