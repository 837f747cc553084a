"""Reads the templates, so that tests use the deployed tables and queues."""

from __future__ import annotations

import functools
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from muster.home import ROOT


def resources(name: str) -> dict[str, Any]:
    """The resources of infra/<name>.yaml."""
    found: dict[str, Any] = _template(name)["Resources"]
    return found


def outputs(name: str) -> dict[str, Any]:
    """The values of the outputs of infra/<name>.yaml."""
    return {output: each["Value"] for output, each in _template(name)["Outputs"].items()}


@functools.cache
def _template(name: str) -> Any:
    return yaml_parse((ROOT / "infra" / f"{name}.yaml").read_text())
