"""An API in the manners of Losant: closed shapes, null that means something, brackets in queries, 405 for unknown paths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field

from edge.answer import JSON, Reply
from edge.api import Api
from edge.body import Bodies, last_wins_json
from edge.dialect import Credential, permits_all
from edge.errors import NoSuchMethod
from edge.order import OBJECT_FIRST
from edge.query import brackets
from edge.request import Call, Request
from edge.scopes import Scopes
from edge.shape import Closed, Strict
from edge.words import dotted, plain
from fleet.access import Principal
from fleet.aws import table
from fleet.aws.reads import Found, Read
from fleet.errors import FleetError, Invalid
from fleet.grants import uses
from tests.edge import shelves
from tests.edge.shelves import Shelf

TYPES = {400: "Validation", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 405: "MethodNotAllowed", 500: "InternalServerError"}


@uses(shelves.reader)
def identify(text: str, request: Request, keys: Sequence[table.Key]) -> tuple[Principal, Found]:
    """The reader of a card."""
    return shelves.reader(text, keys, "archivist")


def error_body(error: FleetError, status: int) -> dict[str, str]:
    """A type and a text."""
    text = error.message
    if isinstance(error, Invalid):
        text = "; ".join(f"{dotted(problem) or 'the body'} {plain(problem)}" for problem in error.details)
    if isinstance(error, NoSuchMethod):
        text = f"{error.method} is not allowed"
    return {"type": TYPES[status], "message": text}


ARCHIVE = Api(
    name="archive",
    credentials=(Credential("archive", {"type": "http", "scheme": "bearer"}, lambda request: request.bearer, identify),),
    order=OBJECT_FIRST,
    scopes=Scopes(("view", "patch"), ("tests/edge/archive.py",)),
    permit=permits_all,
    error_body=error_body,
    read_body=Bodies({JSON: last_wins_json}, empty_is_object=True, otherwise="ignored"),
    read_query=brackets,
    unknown_path=NoSuchMethod,
)
Count = Annotated[int | None, BeforeValidator(lambda given: int(given) if isinstance(given, str) and given.isdecimal() else given or None)]
"""A number as a query has it; a blank one is none."""


class Tag(Closed):
    key: str | None = None
    value: str | None = None


class Search(Strict):
    """Unknown members of a query are ignored."""

    tag_filter: Annotated[list[Tag], Field(alias="tagFilter", default_factory=list)]
    kinds: Annotated[list[str], Field(alias="deviceClass", default_factory=list)]
    page: Count = None


class Where(Closed):
    shelf: str


class Patch(Closed):
    parent: Annotated[str | None, Field(alias="parentId")] = None
    name: Annotated[str, Field(min_length=1)] = "unnamed"
    tags: Annotated[list[Tag], Field(default_factory=list)]
    force: Annotated[bool, Field(alias="forceJob")] = False


class Done(Closed):
    changed: list[str]
    parent: Annotated[str | None, Field(alias="parentId")] = None


def shelf_of(path: Where) -> Read[Shelf]:
    return shelves.shelf(path.shelf)


@ARCHIVE.route("PATCH", "/archive/{shelf}/items", "patch_items", scope="patch", loads=shelf_of, also=(202,))
def patch_items(call: Call, loaded: Shelf, query: Search, body: Patch) -> Reply[Done] | Done:
    """Change all items now, or later."""
    done = Done(changed=sorted(body.sent()), parent=body.parent)
    return Reply(done, 202, {"Location": f"/jobs/{loaded.id}"}) if body.force else done
