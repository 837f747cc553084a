"""Rendering: what pyproject.toml and template.yaml say of each API, between marks in files that are otherwise written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from muster.dialects import DIALECTS, Listed, packages
from muster.entries import Mistake

MARK = "# written by `muster generate`"
"""Ends a line that is written."""
BEGIN, END = "  # Written by `muster generate`: {}", "  # End of what is written."
_OURS = ("functions", "edge", "fleet", "muster")


def pyproject(text: str) -> str:
    """pyproject.toml: the lists of paths and packages in its marked lines, with those of every API."""
    return "".join(_array(line) if line.rstrip().endswith(MARK) else line for line in text.splitlines(keepends=True))


def template(text: str) -> str:
    """template.yaml: a layer for each package and a stack for each API, and that the HTTP API comes after the stacks."""
    stack = _stack_of_workers(text)
    text = _between(text, "layers of APIs", (_layer(package) for package in packages()))
    text = _between(text, "stacks of APIs", (_stack(stack, each) for each in DIALECTS))
    stacks = ", ".join(sorted(each.stack for each in DIALECTS))
    return re.sub(rf"DependsOn: \[.*\] {MARK}", f"DependsOn: [{stacks}] {MARK}", text)


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


def _layer(package: str) -> str:
    first = next(each for each in DIALECTS if each.package == package)
    return f"""\
  {first.layer}:
    Type: AWS::Serverless::LayerVersion
    Metadata:
      BuildMethod: makefile
    Properties:
      LayerName: !Sub "${{Prefix}}-{package}"
      Description: {first.title}.
      ContentUri: layers/dialects/{package}
      CompatibleRuntimes: [python3.13]
      RetentionPolicy: Delete
"""


def _stack_of_workers(text: str) -> str:
    """The stack of the workers, written by hand: those of the APIs take the same parameters, and a layer of their own."""
    found = re.search(r"^  Workers:\n(?:    .*\n)+", text, re.MULTILINE)
    if found is None:
        raise Mistake("template.yaml: there is no stack called Workers")
    return found[0]


def _stack(workers: str, each: Listed) -> str:
    replaced: tuple[tuple[str, str], ...] = (
        ("  Workers:\n", f"  {each.stack}:\n"),
        ("infra/generated/workers.yaml", f"infra/generated/{each.folder}.yaml"),
        ("FleetLayer: !Ref FleetLayer\n", f"FleetLayer: !Ref FleetLayer\n        DialectLayer: !Ref {each.layer}\n"),
    )
    for old, new in replaced:
        workers = workers.replace(old, new)
    return workers
