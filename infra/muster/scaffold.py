"""`muster route`: begins a route. It writes the route's file and its test, which fails until both are filled in."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel

from edge.paths import shape_of
from edge.route import PUBLIC, Loader, resource_of
from edge.scopes import Scopes
from muster.dialects import dialect_of
from muster.entries import Mistake, dialects, routes
from muster.home import ROOT
from muster.paths import variables

METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
LINE = 140
"""Characters of the longest line, as pyproject.toml says."""
_PASSED_AS = {"parent": "parent", "loads": "loaded"}
"""The view's parameter by the keyword of the loader."""


@dataclass(frozen=True)
class RouteRequest:
    """A route that is asked for: `name` is `<resource>/<verb>`."""

    dialect: str
    name: str
    method: str
    url: str

    @property
    def resource(self) -> str:
        return self.name.rpartition("/")[0]

    @property
    def verb(self) -> str:
        return self.name.rpartition("/")[2]

    @property
    def operation(self) -> str:
        """The operation's name: gateway/get_status is get_gateway_status."""
        action, *rest = self.verb.split("_", 1)
        return "_".join([action, *self.resource.split("/"), *rest])

    @property
    def variables(self) -> list[str]:
        return variables(self.url)


def main(dialect: str, name: str, method: str, url: str, root: Path = ROOT) -> int:
    """Write the two files and say what comes next. The result is the exit status."""
    request = RouteRequest(dialect, name, method.upper(), url)
    files = {
        root / "functions" / dialect / f"{name}.py": lambda: route_text(request),
        root / "tests" / "contract" / dialect / request.resource / f"test_{request.verb}.py": lambda: test_text(request),
    }
    try:
        _check(request, root)
        _write(files)
    except Mistake as mistake:
        print(f"muster: {mistake}")
        return 1
    print("\n".join(str(path.relative_to(root)) for path in files))
    print("Fill both in, then run `make generate` and `make check`. What the route is called with is in tests/suite/" + f"{dialect}.py.")
    return 0


def _check(request: RouteRequest, root: Path) -> None:
    if not all((request.dialect, request.name, request.method, request.url)):
        raise Mistake("name DIALECT, NAME, METHOD and URL: make help")
    if request.dialect not in dialects(root):
        raise Mistake(f"there is no API called {request.dialect}: there are {', '.join(dialects(root))}")
    if not re.fullmatch(r"[a-z][a-z0-9_]*(/[a-z][a-z0-9_]*)+", request.name):
        raise Mistake(f"NAME must be <resource>/<verb> in lower case, as in gateway/echo, not {request.name}")
    if request.method not in METHODS:
        raise Mistake(f"METHOD must be one of {', '.join(METHODS)}, not {request.method}")
    own = dialect_of(request.dialect)
    if not own.has(request.url.rstrip("/")):
        raise Mistake(f"URL must begin with {' or '.join(own.prefixes)}, not {request.url}")
    variables(request.url)
    _refuse_taken(request, root)


def _refuse_taken(request: RouteRequest, root: Path) -> None:
    """Refuse an operation that a route has already, whatever it calls its variables."""
    for entry in routes(root):
        if entry.route.method == request.method and shape_of(resource_of(request.url)) in map(shape_of, entry.route.resources):
            place = f"{entry.view.__module__.replace('.', '/')}.py"
            raise Mistake(f"{request.method} {request.url} is {entry.route.name} already: change {place}, or give another METHOD or URL")


def _write(files: dict[Path, Callable[[], str]]) -> None:
    if there := [path.name for path in files if path.exists()]:
        raise Mistake(f"{', '.join(there)} is there already")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text())


def route_text(request: RouteRequest) -> str:
    """The route's file: all is declared, nothing is done yet."""
    own, loaders = dialect_of(request.dialect), _loaders_of(request)
    scope, choice = _scope(request)
    imports = {("edge.request", "Call"), (f"{own.package}.dialect", own.value)}
    shape, declared, parameters = "", [f'scope="{scope}"'], ["call: Call"]
    for keyword, loader in loaders.items():
        kind = get_args(get_type_hints(loader)["return"])[0]
        imports |= {(each.__module__, each.__name__) for each in (kind, loader)}
        declared.append(f"{keyword}={loader.__name__}")
        parameters.append(f"{_PASSED_AS[keyword]}: {kind.__name__}")
    if request.variables and not loaders:
        imports |= {("edge.shape", "Strict"), ("fleet.errors", "NotFound")}
        members = "\n".join(f"    {name}: str" for name in request.variables)
        shape = f"class {_camel(request.verb)}Path(Strict):\n{members}\n\n\n"
        declared.append("raises=(NotFound,)")
        parameters.append(f"path: {_camel(request.verb)}Path")
    return (
        f"{_import_lines(imports)}\n\n\n{shape}{choice}"
        f"{_decorator(own.value, request, declared)}\n"
        f"def handler({', '.join(parameters)}) -> None:\n"
        f'    """Say here in one line what {request.method} {request.url} does."""\n'
        "    raise NotImplementedError\n"
    )


def _scope(request: RouteRequest) -> tuple[str, str]:
    """The scope that the route begins with, and the comment that says which others there are: none where all are public."""
    own = dialect_of(request.dialect)
    scopes: Scopes = getattr(importlib.import_module(f"{own.package}.dialect"), own.value).scopes
    if not scopes.names:
        return PUBLIC, ""
    comment = f"# Choose the scope and delete this line: the scopes are in {' and '.join(scopes.written_in)}.\n"
    return scopes.usual.get(request.method, min(scopes.names)), comment


def _import_lines(imports: set[tuple[str, str]]) -> str:
    """A line for each module, as ruff sorts them."""
    modules = sorted({module for module, _ in imports})
    return "\n".join(f"from {module} import {', '.join(sorted(name for of, name in imports if of == module))}" for module in modules)


def _decorator(api: str, request: RouteRequest, declared: Sequence[str]) -> str:
    """The declaration in one line, or with a line for each argument where that is too long, as ruff formats it."""
    arguments = [f'"{text}"' for text in (request.method, request.url, request.operation)] + [*declared]
    line = f"@{api}.route({', '.join(arguments)})"
    return line if len(line) <= LINE else f"@{api}.route(\n" + "".join(f"    {each},\n" for each in arguments) + ")"


def test_text(request: RouteRequest) -> str:
    """The test's file: a good call, which the route does not answer yet. The suite knows with what to make it."""
    module = f"functions.{request.dialect}.{request.name.replace('/', '.')}"
    return (
        f'"""{request.method} {request.url}."""\n\n'
        "from __future__ import annotations\n\n"
        f"from {module} import handler\n"
        "from tests.harness.fleet import Fleet\n"
        "from tests.suite.world import World\n\n\n"
        "def test_a_good_call_is_answered(fleet: Fleet) -> None:\n"
        "    answer = World.make(fleet).call(handler)\n"
        "    assert answer.status == 200\n"
        "    assert answer.json == {}\n"
    )


def _loaders_of(request: RouteRequest) -> dict[str, Loader]:
    """The dialect's own ways to load what the path names, as a route declares them: what it is about, and what that is below."""
    names = request.variables
    if not (loads := _loader(request, names)):
        return {}
    shorter = (_loader(request, names[:count]) for count in range(len(names) - 1, 0, -1))
    above = next((loader for loader in shorter if loader), None)
    return {"parent": above, "loads": loads} if above else {"loads": loads}


def _loader(request: RouteRequest, names: Sequence[str]) -> Loader | None:
    """The dialect's own way to load what these variables name, where it has one that gives one plain thing."""
    place = f"{dialect_of(request.dialect).package}.shapes.paths"
    for loader in _loaders(importlib.import_module(place)) if find_spec(place) else ():
        hints = get_type_hints(loader)
        loaded = (*get_args(hints.get("return")), None)[0]
        if isinstance(loaded, type) and _url_names(hints.get("path")) == set(names):
            return loader
    return None


def _loaders(paths: ModuleType) -> Iterator[Loader]:
    own = [function for function in vars(paths).values() if inspect.isfunction(function) and function.__module__ == paths.__name__]
    return (function for function in own if set(inspect.signature(function).parameters) == {"path"})


def _url_names(shape: Any) -> set[str]:
    """The names of a path shape's members as URLs have them."""
    if not (isinstance(shape, type) and issubclass(shape, BaseModel)):
        return set()
    return {field.alias or name for name, field in shape.model_fields.items()}


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
