"""The paths of all APIs as API Gateway has them: one tree, with one name for the variable at each place of it.

Routes name their variables as their API documents them. Where two routes name the variable at one place differently
(`cert/{id}` and `cert/{common_name}/group`), the name in the shorter path is deployed for both. A variable is
therefore known by its position among the variables of its path, not by its name.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence

from edge.paths import shape_of
from muster.entries import Mistake

_SEGMENT = re.compile(r"[^{}]+|\{(\w+)(\+?)\}")


def variables(path: str) -> list[str]:
    """The names of a path's variables, in their order. Mistake when a brace does not close, or a variable is only a part of a segment."""
    segments = path.strip("/").split("/") if path.strip("/") else []
    found = [(segment, _SEGMENT.fullmatch(segment)) for segment in segments]
    if wrong := [segment for segment, match in found if match is None]:
        raise Mistake(f"{path}: {wrong[0]!r} must be text without braces, or one variable, as {{name}}, alone between two slashes")
    if [match for _, match in found[:-1] if match and match[2]]:
        raise Mistake(f"{path}: a variable that takes all that is left, {{name+}}, must be the last segment")
    names = [match[1] for _, match in found if match and match[1]]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Mistake(f"{path}: the variable {twice[0]} is there twice, give one of them another name")
    return names


def deployed_paths(paths: Iterable[str]) -> Mapping[str, str]:
    """The path that API Gateway has for each of these, which have no trailing slash. Mistake for `{name+}` beside another variable."""
    names: dict[str, str] = {}
    return {path: _rename_variables(path, names) for path in sorted(set(paths), key=lambda path: (path.count("/"), path))}


def _rename_variables(path: str, names: dict[str, str]) -> str:
    """The path with the variables that the tree has. `names` holds them by the shape of what is above them, and grows by new ones."""
    done: list[str] = []
    for segment in path.split("/"):
        if not segment.startswith("{"):
            done.append(segment)
            continue
        variable = names.setdefault(shape_of("/".join(done)), _unlike(segment, done))
        if variable.endswith("+}") != segment.endswith("+}"):
            raise Mistake(f"{path}: API Gateway cannot have {segment} beside {variable} at one place: give one of them a path of its own")
        done.append(variable)
    return "/".join(done)


def _unlike(variable: str, above: Sequence[str]) -> str:
    """The variable, with a number where one above has its name."""
    name = variable.strip("{}+")
    numbered = itertools.chain([name], (f"{name}{number}" for number in itertools.count(2)))
    free = next(each for each in numbered if f"{{{each}}}" not in above)
    return variable.replace(name, free)
