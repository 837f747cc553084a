"""`muster route`: begins a route. It writes the route's file and its test, which fails until both are filled in."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel

from edge.paths import shape_of
from edge.route import resource_of
from muster.dialects import dialect_of
from muster.entries import Mistake, dialects, routes
from muster.home import ROOT
from muster.paths import variables

METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


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
    loader, own = _loader(request), dialect_of(request.dialect)
    imports = ["from edge.request import Call", f"from {own.package}.dialect import {own.value}"]
    shape, declared, parameter = "", "", ""
    if loader:
        kind = get_args(get_type_hints(loader)["return"])[0]
        imports += [f"from {kind.__module__} import {kind.__name__}", f"from {loader.__module__} import {loader.__name__}"]
        declared, parameter = f", loads={loader.__name__}", f", loaded: {kind.__name__}"
    elif request.variables:
        imports += ["from edge.shape import Strict", "from fleet.errors import NotFound"]
        members = "\n".join(f"    {name}: str" for name in request.variables)
        shape = f"class {_camel(request.verb)}Path(Strict):\n{members}\n\n\n"
        declared, parameter = ", raises=(NotFound,)", f", path: {_camel(request.verb)}Path"
    scope = "READ" if request.method == "GET" else "WRITE"
    return (
        "\n".join(sorted(imports)) + f"\n\n\n{shape}"
        f'@{own.value}.route("{request.method}", "{request.url}", "{request.operation}", scope="{scope}"{declared})\n'
        f"def handler(call: Call{parameter}) -> None:\n"
        f'    """Say here in one line what {request.method} {request.url} does."""\n'
        "    raise NotImplementedError\n"
    )


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


def _loader(request: RouteRequest) -> Callable[..., Any] | None:
    """The dialect's own way to load what these variables name, where it has one that gives one plain thing."""
    place = f"{dialect_of(request.dialect).package}.shapes.paths"
    for loader in _loaders(importlib.import_module(place)) if find_spec(place) else ():
        hints = get_type_hints(loader)
        loaded = (*get_args(hints.get("return")), None)[0]
        if isinstance(loaded, type) and _url_names(hints.get("path")) == set(request.variables):
            return loader
    return None


def _loaders(paths: ModuleType) -> Iterator[Callable[..., Any]]:
    own = [function for function in vars(paths).values() if inspect.isfunction(function) and function.__module__ == paths.__name__]
    return (function for function in own if set(inspect.signature(function).parameters) == {"path"})


def _url_names(shape: Any) -> set[str]:
    """The names of a path shape's members as URLs have them."""
    if not (isinstance(shape, type) and issubclass(shape, BaseModel)):
        return set()
    return {field.alias or name for name, field in shape.model_fields.items()}


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
