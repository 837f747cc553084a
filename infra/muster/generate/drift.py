"""Comparing what is committed with what the declarations say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

from muster.generate.model import Function, Project


def stale(root: Path, files: Mapping[str, str], written: Mapping[str, str], project: Project) -> Iterator[str]:
    """A line for each file that is stale, missing or left over, and for each function whose policy is not the committed one."""
    for name in sorted(files.keys() | written.keys()):
        if name not in files:
            yield f"{name}: left over"
        elif name not in written:
            yield f"{name}: missing"
        elif files[name] != written[name]:
            yield f"{name}: stale"
            yield from _policies(name, files[name], written[name], project)


def _policies(name: str, now: str, before: str, project: Project) -> Iterator[str]:
    if name.startswith("infra/generated/"):
        new, old = (yaml_parse(text).get("Resources", {}) for text in (now, before))
        for function in functions(project):
            if Path(name).stem == function.folder and _policy(new, function) != _policy(old, function):
                yield f"{function.folder} {function.name}: grants differ"


def functions(project: Project) -> Iterator[Function]:
    """Every function that is deployed."""
    for api in project.apis:
        yield from api.functions
    for each in project.workers:
        yield each.function


def _policy(resources: Mapping[str, Any], function: Function) -> Any:
    return resources.get(f"{function.id}Role", {}).get("Properties", {}).get("Policies")
