"""A stack of functions: its template, and its block in the root template. Its parameters are what its resources refer to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from muster.generate.cfn import Ref, Sub, TaggedText, dump
from muster.generate.model import HEADER
from muster.generate.resources import PARAMETERS, PREFIX, RETENTION
from muster.layers import DEPENDENCIES, THIRD_PARTY

_SHARED: Mapping[str, Any] = {
    "Prefix": PREFIX,
    "Architecture": {"Type": "String", "Default": "arm64", "AllowedValues": ["arm64", "x86_64"], "Description": "Of the functions."},
    "LogRetentionDays": RETENTION,
}
"""Parameters that the root template has under the same name."""


@dataclass(frozen=True)
class Stack:
    """`id` is its logical id in the root template, `folder` is where the code of its functions is.

    `layer` is the logical id of the layer that its functions share beside the two that all have, if they do.
    """

    id: str
    folder: str
    description: str
    layer: str | None
    resources: Mapping[str, Any]

    def template(self) -> str:
        """The nested template."""
        return dump(
            {
                "AWSTemplateFormatVersion": "2010-09-09",
                "Transform": "AWS::Serverless-2016-10-31",
                "Description": self.description,
                "Parameters": {name: self._declarations[name] for name in self.parameters},
                "Globals": self._globals,
                "Resources": dict(self.resources),
            },
            HEADER,
        )

    def block(self) -> str:
        """The resource of the root template, as text."""
        passed = "".join(f"        {name}: {value.tag} {value}\n" for name, value in self.parameters.items())
        return f"""\
  {self.id}:
    Type: AWS::Serverless::Application
    Properties:
      Location: infra/generated/{self.folder}.yaml
      Parameters:
{passed}"""

    @cached_property
    def parameters(self) -> Mapping[str, TaggedText]:
        """The parameters that the stack refers to, each with what the root template passes."""
        used = set(_references([self._globals, self.resources]))
        shared = {name: Ref(name) for name in _SHARED}
        sources = {**shared, **self._layers, **{name: each.source for name, each in PARAMETERS.items()}}
        return {name: source for name, source in sources.items() if name in used}

    @property
    def _layers(self) -> Mapping[str, TaggedText]:
        """The parameters that are layers."""
        own = {"DialectLayer": Ref(self.layer)} if self.layer else {}
        third_party = {each.id: Ref(each.id) for each in THIRD_PARTY.values()}
        return {DEPENDENCIES.id: third_party.pop(DEPENDENCIES.id), "FleetLayer": Ref("FleetLayer"), **own, **third_party}

    @property
    def _globals(self) -> dict[str, Any]:
        return {
            "Function": {
                "Runtime": "python3.13",
                "Architectures": [Ref("Architecture")],
                "CodeUri": f"../../functions/{self.folder}/",
                "Layers": [Ref(name) for name in (DEPENDENCIES.id, "FleetLayer", *(["DialectLayer"] if self.layer else []))],
            },
        }

    @property
    def _declarations(self) -> Mapping[str, Any]:
        layers = {name: {"Type": "String", "Description": "A layer."} for name in self._layers}
        return {**_SHARED, **layers, **{name: {"Type": "String", "Description": each.text} for name, each in PARAMETERS.items()}}


def _references(value: Any) -> Iterator[str]:
    """The names in every `!Ref` and `!Sub`."""
    match value:
        case Ref():
            yield str(value)
        case Sub():
            yield from re.findall(r"\$\{(\w+)\}", value)
        case Mapping():
            for member in value.values():
                yield from _references(member)
        case list():
            for entry in value:
                yield from _references(entry)
