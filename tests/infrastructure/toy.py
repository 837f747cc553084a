"""A throwaway API beside those that are deployed: whatever an API may declare, rendered as theirs is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import create_model

from edge.api import Api
from edge.dialect import Credential
from edge.entry import Entry
from edge.order import INPUT_FIRST
from edge.request import Call, Request
from edge.shape import Shape
from fleet.access import Principal, Reach
from fleet.aws.reads import Found
from fleet.aws.table import Key
from muster.dialects import Listed
from muster.generate.collect import api
from muster.generate.model import Project
from tests.infrastructure.stacks import project

LISTED = Listed(folder="toy", package="toy", title="Toy API", short="toy", prefixes=("/toy",))


def _identify(text: str, request: Request, keys: Sequence[Key]) -> tuple[Principal, Found]:
    return Principal("toy", text, Reach.of(), frozenset({"READ"})), {}


TOKEN = Credential("Token", {"type": "http", "scheme": "bearer"}, lambda request: request.bearer, _identify)


def dialect(**manners: Any) -> Api:
    """An API with these manners, for holders of any token."""
    plain = {"credentials": (TOKEN,), "order": INPUT_FIRST, "error_body": lambda error, status: {"message": error.message}}
    return Api(name="toy", **{**plain, **manners})


TOY = dialect()


def with_toys(*routes: Entry, toy: Api = TOY) -> Project:
    """The project with an API of these routes more."""
    entries = {f"thing.{entry.route.name}": entry for entry in routes}
    return Project([*project().apis, api(LISTED, toy.fallback(str(Path(__file__))), entries)], project().workers)


def route(method: str, path: str, name: str, *, toy: Api = TOY, **declared: Any) -> Entry:
    """A route that does nothing, and whose path shape has the variables of its path."""
    return toy.route(method, path, name, **{"scope": "READ", **declared})(_view(re.findall(r"\{(\w+)\+?\}", path)))


def _view(names: Sequence[str]) -> Callable[..., None]:
    def plain(call: Call) -> None:
        """Do nothing."""

    def with_path(call: Call, path: Any) -> None:
        """Do nothing."""

    members: dict[str, Any] = dict.fromkeys(names, (str, ...))
    with_path.__annotations__["path"] = create_model("ToyPath", __base__=Shape, **members)
    return with_path if names else plain
