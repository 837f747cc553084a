"""The templates as data, so that tests run on the tables and queues that are deployed."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short functions, kept as {"Fn::GetAtt": …}."""


def _function(loader: _Loader, suffix: str, node: yaml.Node) -> Any:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {name: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _function)


@functools.cache
def resources(name: str) -> dict[str, Any]:
    """The resources of infra/<name>.yaml."""
    loaded: dict[str, Any] = yaml.load((ROOT / "infra" / f"{name}.yaml").read_text(), _Loader)
    found: dict[str, Any] = loaded["Resources"]
    return found
