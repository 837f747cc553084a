"""A throwaway API beside those that are deployed: whatever an API may declare, rendered as theirs is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

from pydantic import Field, create_model

from edge.answer import JSON, Answer, Reply
from edge.api import Api
from edge.body import Bodies, last_wins_json
from edge.dialect import Credential, permits_all
from edge.entry import Entry
from edge.form import MULTIPART, URLENCODED, multipart, urlencoded
from edge.negotiate import by_format_and_accept
from edge.order import INPUT_FIRST, OBJECT_FIRST
from edge.query import brackets
from edge.request import Call, Request
from edge.scopes import Scopes
from edge.shape import Closed, Lax, Strict, Upload, partial
from fleet.access import Principal, Reach
from fleet.aws.reads import Found
from fleet.aws.table import Key
from fleet.errors import FleetError, Invalid
from fleet.grants import imports, needs
from muster.dialects import ListedDialect
from muster.generate.collect import api
from muster.generate.model import Project
from tests.infrastructure.stacks import project

LISTED = ListedDialect(folder="toy", package="toy", title="Toy API", short="toy", prefixes=("/toy",))


@imports("cryptography")
@needs("FleetTable", "dynamodb:BatchGetItem", keys="TOY#*")
def _identify(text: str, request: Request, keys: Sequence[Key]) -> tuple[Principal, Found]:
    return Principal("toy", text, Reach.of(), frozenset({"READ"})), Found()


TOKEN = Credential("Token", {"type": "http", "scheme": "bearer"}, lambda request: request.bearer, _identify)


SCOPES = Scopes(("READ", "WRITE"), ("tests/infrastructure/toy.py",))


def _error_body(error: Exception, status: int) -> dict[str, Any]:
    return {"message": str(error)}


PLAIN = Api(name="toy", credentials=(TOKEN,), order=INPUT_FIRST, scopes=SCOPES, permit=permits_all, error_body=_error_body)
"""An API that leaves out what may be left out."""
ODD = Api(
    name="toy",
    credentials=(TOKEN,),
    order=OBJECT_FIRST,
    scopes=SCOPES,
    permit=permits_all,
    error_body=_error_body,
    read_body=Bodies({JSON: last_wins_json, URLENCODED: urlencoded, MULTIPART: multipart}, empty_is_object=True, otherwise="unsupported"),
    read_query=brackets,
    reads=(JSON, URLENCODED, MULTIPART),
    negotiate=by_format_and_accept({"json": JSON, "csv": "text/csv"}),
    shows="nulls",
    head=True,
    options=lambda request, methods: Answer(204),
    undeclared_scope=lambda method, scopes: None,
)
"""An API that has a manner of its own wherever there may be one."""


def _error_text(error: FleetError, status: int) -> Answer:
    """The error's name as text; what is wrong with a value as JSON."""
    if isinstance(error, Invalid):
        return Answer(
            status, json.dumps({"fields": [str(problem.place[0]) for problem in error.details]}).encode(), "application/problem+json"
        )
    return Answer(status, f"{type(error).__name__}\n".encode(), "text/plain; charset=utf-8")


TEXT = Api(name="toy", credentials=(TOKEN,), order=INPUT_FIRST, scopes=SCOPES, permit=permits_all, error_body=_error_text)
"""An API whose errors are text."""


def with_toys(*routes: Entry, toy: Api = PLAIN) -> Project:
    """The project with an API of these routes more."""
    entries = {f"thing.{entry.route.name}": entry for entry in routes}
    return Project([*project().apis, api(LISTED, toy.fallback(__file__), entries)], project().workers)


def route(method: str, path: str, name: str, *, toy: Api = PLAIN, **declared: Any) -> Entry:
    """A route that does nothing, and whose path shape has the variables of its path."""
    return toy.route(method, path, name, **{"scope": "READ", **declared})(_view(re.findall(r"\{(\w+)\+?\}", path)))


def _view(names: Sequence[str]) -> Callable[..., None]:
    def plain(call: Call) -> None:
        """Do nothing."""

    def with_path(call: Call, path: Any) -> None:
        """Do nothing."""

    members: dict[str, Any] = dict.fromkeys(names, (str, ...))
    with_path.__annotations__["path"] = create_model("ToyPath", __base__=Strict, **members)
    return with_path if names else plain


class ImagePath(Strict):
    """What the paths of images hold."""

    id: str


class Tag(Closed):
    """A tag that images are looked up by."""

    key: str
    value: str | None


class ImageQuery(Closed):
    """Which images."""

    page: int = 1
    sizes: list[int] = Field(default_factory=list)
    tag_filter: list[Tag] = Field(default_factory=list, alias="tagFilter", max_length=10)
    created: dict[str, str] | None = None


class ImageIn(Lax):
    """An image to store."""

    file: Upload
    title: str | None = None


@partial
class ImageChange(ImageIn):
    """What of an image changes."""


class ImageOut(Strict):
    """A stored image."""

    title: str | None


class Queued(Strict):
    """An image that will be stored."""

    job: str


def _store(call: Call, path: ImagePath, query: ImageQuery, body: ImageIn) -> Reply[ImageOut | Queued]:
    """Store an image now or later."""
    raise NotImplementedError


def _change(call: Call, path: ImagePath, body: ImageChange) -> Reply[ImageOut]:
    """Change an image."""
    raise NotImplementedError


def _list(call: Call, query: ImageQuery) -> Answer:
    """List images."""
    raise NotImplementedError


STORE = ODD.route(
    "PUT", "/toy/images/{id}/", "store_image", scope="WRITE", status=201, also=(200, 202), headers={"Cache-Control": "no-store"}
)(_store)
CHANGE = ODD.route("PATCH", "/toy/images/{id}/", "change_image", scope="WRITE", reads=(JSON,))(_change)
LIST = ODD.route("GET", "/toy/images/", "list_images", scope="READ", answers=(JSON, "text/csv", "image/png"), also_at=("/toy/pictures/",))(
    _list
)
FORGET = ODD.route("DELETE", "/toy/{kind}/{id}", "forget", scope="PUBLIC", status=204)(_view(("kind", "id")))


def odd() -> Project:
    """The project with the odd API and all its routes."""
    return with_toys(STORE, CHANGE, LIST, FORGET, toy=ODD)
