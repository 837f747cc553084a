"""CloudFormation text: YAML with the short tags of intrinsic functions, written and read."""

from __future__ import annotations

from typing import Any

import yaml


class Tagged(str):
    """A scalar under one of CloudFormation's tags."""

    tag: str


class Ref(Tagged):
    """The value of a parameter or the name of a resource."""

    tag = "!Ref"


class Sub(Tagged):
    """Text with `${Name}` in it."""

    tag = "!Sub"


class GetAtt(Tagged):
    """An attribute: `Resource.Attribute`."""

    tag = "!GetAtt"


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, indentless=False)

    def choose_scalar_style(self) -> str:
        """The names that these two hold are plain, and need no quotes."""
        event = self.event
        if isinstance(event, yaml.ScalarEvent) and event.tag in (Ref.tag, GetAtt.tag):
            return ""
        style: str = super().choose_scalar_style()
        return style


def _represent(dumper: yaml.SafeDumper, value: Tagged) -> yaml.Node:
    return dumper.represent_scalar(value.tag, str(value))


for _kind in (Ref, Sub, GetAtt):
    _Dumper.add_representer(_kind, _represent)


class _Loader(yaml.SafeLoader):
    pass


def _construct(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        text = loader.construct_scalar(node)
        return {name: text.split(".", 1) if suffix == "GetAtt" else text}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}  # type: ignore[arg-type]


_Loader.add_multi_constructor("!", _construct)


def dump(template: dict[str, Any], header: str) -> str:
    """A template as text below a comment, members in the order given."""
    body = yaml.dump(template, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)
    return f"# {header}\n{body}"


def load(text: str) -> dict[str, Any]:
    """A template with every intrinsic function in its long form (`{"Fn::Sub": …}`)."""
    loaded: dict[str, Any] = yaml.load(text, Loader=_Loader)
    return loaded
