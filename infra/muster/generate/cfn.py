"""CloudFormation text: YAML with the short tags of intrinsic functions. It is read by `samtranslator.yaml_helper.yaml_parse`."""

from __future__ import annotations

from typing import Any

import yaml


class TaggedText(str):
    """A scalar under one of CloudFormation's tags."""

    tag: str


class Ref(TaggedText):
    """The value of a parameter or the name of a resource."""

    tag = "!Ref"


class Sub(TaggedText):
    """Text with `${Name}` in it."""

    tag = "!Sub"


class GetAtt(TaggedText):
    """An attribute: `Resource.Attribute`."""

    tag = "!GetAtt"


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, indentless=False)

    def choose_scalar_style(self) -> str:
        """The names that Ref and GetAtt hold are plain, and need no quotes."""
        event = self.event
        if isinstance(event, yaml.ScalarEvent) and event.tag in (Ref.tag, GetAtt.tag):
            return ""
        style: str = super().choose_scalar_style()
        return style


def _represent(dumper: yaml.SafeDumper, value: TaggedText) -> yaml.Node:
    return dumper.represent_scalar(value.tag, str(value))


for _kind in (Ref, Sub, GetAtt):
    _Dumper.add_representer(_kind, _represent)


def dump(template: dict[str, Any], header: str) -> str:
    """A template as text below a comment, members in the order given."""
    body = yaml.dump(template, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)
    return f"# {header}\n{body}"
