"""The templates as they are deployed: the committed ones, with archives in the place of folders."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

CODE = ("CodeUri", "ContentUri")
NESTED = "Location"


def write(root: Path, folder: Path, archives: Mapping[Path, Path]) -> Path:
    """Write the root template and those nested in it below `folder`; the path of the root template.

    `archives` holds the archive of each folder that templates name. KeyError names one that no package is made of.
    """
    return _write(root, folder, Path("template.yaml"), archives)


def _write(root: Path, folder: Path, name: Path, archives: Mapping[Path, Path]) -> Path:
    template, made = yaml_parse((root / name).read_text()), folder / name
    for properties in places(template):
        for member in CODE:
            if member in properties:
                source = (root / name.parent / properties[member]).resolve()
                properties[member] = os.path.relpath(archives[source], made.parent)
        if NESTED in properties:
            _write(root, folder, name.parent / properties[NESTED], archives)
    made.parent.mkdir(parents=True, exist_ok=True)
    made.write_text(json.dumps(template, indent=1) + "\n")
    return made


def places(template: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Where a template names folders, archives or templates: the properties of its resources, and those that functions share."""
    yield template.get("Globals", {}).get("Function", {})
    for resource in template["Resources"].values():
        yield resource.get("Properties", {})
