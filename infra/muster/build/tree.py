"""The deployed templates: the committed ones, with archives in place of folders."""

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
    """Write the root template and its nested ones below `folder`; returns the path of the root template.

    `archives` maps each folder that templates name to its archive. KeyError names a folder without a package.
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
    """The properties of a template that name folders, archives or templates, in its resources and its globals."""
    yield template.get("Globals", {}).get("Function", {})
    for resource in template["Resources"].values():
        yield resource.get("Properties", {})
