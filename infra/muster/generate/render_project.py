"""Rendering: what pyproject.toml and template.yaml say of each API, between marks in files that are otherwise written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from muster.dialects import DIALECTS, packages
from muster.entries import Mistake
from muster.generate.stack import Stack
from muster.layers import THIRD_PARTY, ThirdParty

MARK = "# written by `muster generate`"
"""Ends a line that is written."""
BEGIN, END = "  # Written by `muster generate`: {}", "  # End of what is written."
_OURS = ("functions", "edge", "fleet", "muster")


def pyproject(text: str) -> str:
    """pyproject.toml: the lists of paths and packages in its marked lines, with those of every API."""
    return "".join(_array(line) if line.rstrip().endswith(MARK) else line for line in text.splitlines(keepends=True))


def template(text: str, stacks: Sequence[Stack]) -> str:
    """template.yaml: the third-party layers, those of APIs, the stacks of functions, and that the HTTP API comes after those of APIs."""
    text = _between(text, "third-party layers", (_third_party(layer) for layer in THIRD_PARTY.values()))
    text = _between(text, "layers of APIs", (_layer(package) for package in packages()))
    text = _between(text, "stacks of functions", (stack.block() for stack in stacks))
    apis = ", ".join(sorted(each.stack for each in DIALECTS))
    return re.sub(rf"DependsOn: \[.*\] {MARK}", f"DependsOn: [{apis}] {MARK}", text)


def _array(line: str) -> str:
    """A line `name = ["…", …]`: what it says of one API is said of every one, at the place of the first."""
    name, _, rest = line.partition(" = ")
    elements = re.findall(r'"([^"]*)"', rest)
    paths = any("layers/" in element for element in elements)
    written: list[str] = []
    for element in elements:
        new = list(_paths(element)) if paths else _names(element, joined=name == "layers")
        written += [each for each in new if each not in written]
    body = ", ".join(f'"{element}"' for element in written)
    return f"{name} = [{body}] {MARK}\n"


def _paths(element: str) -> Iterator[str]:
    if "layers/dialects/" not in element:
        yield element
    else:
        yield from (re.sub(r"layers/dialects/\w+/", f"layers/dialects/{package}/", element) for package in packages())


def _names(element: str, *, joined: bool) -> Sequence[str]:
    if element in _OURS:
        return [element]
    return [" | ".join(packages())] if joined else packages()


def _between(text: str, what: str, blocks: Iterator[str]) -> str:
    begin = f"{BEGIN.format(what)}\n"
    before, found, rest = text.partition(begin)
    _, end, after = rest.partition(f"{END}\n")
    if not found or not end:
        raise Mistake(f"template.yaml: there is no place for the {what}, between {begin.strip()!r} and {END.strip()!r}")
    return before + begin + "\n".join(blocks) + end + after


def _third_party(layer: ThirdParty) -> str:
    return _block(layer.id, layer.name, layer.description, f"layers/{layer.name}", "CompatibleArchitectures: [!Ref Architecture]")


def _layer(package: str) -> str:
    first = next(each for each in DIALECTS if each.package == package)
    return _block(first.layer, package, f"{first.title}.", f"layers/dialects/{package}")


def _block(id: str, name: str, description: str, folder: str, *more: str) -> str:
    """The resource of a layer that `make` builds from a folder; `more` are further properties, a line each."""
    lines = [
        f"  {id}:",
        "    Type: AWS::Serverless::LayerVersion",
        "    Metadata:",
        "      BuildMethod: makefile",
        "    Properties:",
        f'      LayerName: !Sub "${{Prefix}}-{name}"',
        f"      Description: {description}",
        f"      ContentUri: {folder}",
        "      CompatibleRuntimes: [python3.13]",
        *(f"      {line}" for line in more),
        "      RetentionPolicy: Delete",
    ]
    return "\n".join(lines) + "\n"
