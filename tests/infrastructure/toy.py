"""A throwaway API beside those that are deployed: whatever an API may declare, rendered as theirs is."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import create_model

from edge.answer import Answer
from edge.dialect import Dialect, json_answer
from edge.request import Call
from edge.route import Entry
from edge.shape import Shape
from fleet.access import Principal, Reach
from fleet.errors import FleetError
from muster.dialects import Listed
from muster.generate.collect import api
from muster.generate.model import Project
from tests.infrastructure.stacks import project

LISTED = Listed(folder="toy", package="toy", title="Toy API", short="toy", prefixes=("/toy",))


def _refuse(error: FleetError) -> Answer:
    return json_answer(400, {"message": error.message})


def dialect(**manners: Any) -> Dialect:
    """An API that lets everybody in."""
    return Dialect(
        name="toy",
        authenticate=lambda request, keys: (Principal("toy", "someone", Reach.of()), {}),
        authorize=lambda principal, scope: None,
        permit=lambda principal, loaded: None,
        on_error=_refuse,
        security={},
        **manners,
    )


TOY = dialect()


def with_toys(*routes: Entry, toy: Dialect = TOY) -> Project:
    """The project with an API of these routes more."""
    entries = {f"thing.{entry.route.name}": entry for entry in routes}
    return Project([*project().apis, api(LISTED, toy.fallback(dict), entries)], project().workers)


def route(method: str, path: str, name: str, *, toy: Dialect = TOY, **declared: Any) -> Entry:
    """A route that does nothing, and whose path shape has the variables of its path."""
    return toy.route(method, path, name, scope="READ", **declared)(_view(re.findall(r"\{(\w+)\+?\}", path)))


def _view(names: Sequence[str]) -> Callable[..., None]:
    def plain(call: Call) -> None:
        """Do nothing."""

    def with_path(call: Call, path: Any) -> None:
        """Do nothing."""

    members: dict[str, Any] = dict.fromkeys(names, (str, ...))
    with_path.__annotations__["path"] = create_model("ToyPath", __base__=Shape, **members)
    return with_path if names else plain
