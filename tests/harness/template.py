"""Reads the templates, so that tests use the deployed tables and queues."""

from __future__ import annotations

import functools
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from muster.home import ROOT


@functools.cache
def resources(name: str) -> dict[str, Any]:
    """The resources of infra/<name>.yaml."""
    found: dict[str, Any] = yaml_parse((ROOT / "infra" / f"{name}.yaml").read_text())["Resources"]
    return found
