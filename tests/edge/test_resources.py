"""Routes that create, show, replace, change and delete a resource of a store, and nothing else."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Annotated, Any

import pytest
from pydantic import Field

from edge import crud
from edge.request import Call
from edge.route import PUBLIC
from edge.shape import Lax, partial
from fleet.aws.reads import Read
from fleet.errors import Conflict, Invalid, Problem
from tests.edge import shelves
from tests.edge.calls import ask
from tests.edge.library import LIBRARY, OnShelf, shelf_of
from tests.edge.shelves import OURS, THEIRS, Shelf, Shelves
from tests.harness.call import Response


class ShelfIn(Lax):
    title: Annotated[str, Field(min_length=1, max_length=20)]
    place: str | None = None
    organization: str = OURS
    version: int = 1
    note: str | None = "new"


@partial
class ShelfPatch(ShelfIn):
    """What PATCH takes."""


class ShelfOut(Lax):
    id: str
    title: str
    place: str | None
    note: str | None
    version: int


class Cut(Lax):
    after: str | None = None
    size: int = 2


class Listed(Lax):
    results: Sequence[ShelfOut]
    next: str | None


def _build(call: Call, body: ShelfIn) -> Shelf:
    members = {**body.members(), "organization": call.principal.organization, "version": 1}
    return Shelf(id=uuid.uuid4().hex, **members)


def _check(call: Call, shelf: Shelf) -> None:
    if shelf.place == "cellar":
        raise Invalid(Problem(("place",), "is damp"))


def _show(shelf: Shelf) -> ShelfOut:
    return ShelfOut(**shelf.model_dump(exclude={"organization"}))


STORE = Shelves()
SHELVES = crud.Resource(STORE, _build, _show, _check)


@LIBRARY.route("GET", "/library/shelf/", "list_shelves", scope="view", uses=[Shelves.list])
def list_(call: Call, query: Cut) -> Listed:
    """List shelves by title."""
    page = crud.list_(SHELVES, call, call.principal.organization, query.after, query.size)
    return Listed(results=page.entities, next=page.next and call.request.link({"after": page.next}))


@LIBRARY.route("POST", "/library/shelf/", "create_shelf", scope="add", uses=[Shelves.create], raises=[Conflict], status=201)
def create(call: Call, body: ShelfIn) -> ShelfOut:
    """Put up a shelf."""
    return crud.create(SHELVES, call, body)


@LIBRARY.route("GET", "/library/shelf/{shelf}/", "get_shelf", scope="view", loads=shelf_of)
def retrieve(call: Call, loaded: Shelf) -> ShelfOut:
    """Show a shelf."""
    return crud.retrieve(SHELVES, loaded)


@LIBRARY.route("PUT", "/library/shelf/{shelf}/", "replace_shelf", scope="change", loads=shelf_of, uses=[Shelves.change])
def replace(call: Call, loaded: Shelf, body: ShelfIn) -> ShelfOut:
    """Replace a shelf."""
    return crud.replace(SHELVES, call, loaded, body)


@LIBRARY.route("PATCH", "/library/shelf/{shelf}/", "update_shelf", scope="change", loads=shelf_of, uses=[Shelves.change])
def update(call: Call, loaded: Shelf, body: ShelfPatch) -> ShelfOut:
    """Change a shelf."""
    return crud.update(SHELVES, call, loaded, body)


@LIBRARY.route("DELETE", "/library/shelf/{shelf}/", "delete_shelf", scope="delete", loads=shelf_of, uses=[Shelves.delete], status=204)
def destroy(call: Call, loaded: Shelf) -> None:
    """Take down a shelf."""
    crud.destroy(SHELVES, call, loaded)


pytestmark = pytest.mark.usefixtures("stock")


def created(title: str, card: str = "all", **more: Any) -> dict[str, Any]:
    answer = ask(create, card=card, body={"title": title, **more})
    assert answer.status == 201, answer.content
    shown: dict[str, Any] = answer.json
    return shown


def changed(entry: Any, shelf: dict[str, Any], body: dict[str, Any]) -> Response:
    return ask(entry, shelf["id"], card="all", body=body)


def test_what_is_created_is_shown_with_its_defaults() -> None:
    shelf = created(" Maps ")
    assert shelf == {"id": shelf["id"], "title": "Maps", "place": None, "note": "new", "version": 1}
    assert ask(retrieve, shelf["id"], card="all").json == shelf


def test_put_sets_what_is_absent_to_its_default_and_patch_leaves_it() -> None:
    shelf = created("Maps", place="north", note="old")
    assert changed(update, shelf, {"place": "south"}).json == {**shelf, "place": "south", "version": 2}
    assert changed(update, shelf, {"note": None}).json == {**shelf, "place": "south", "note": None, "version": 3}
    assert changed(update, shelf, {}).json == {**shelf, "place": "south", "note": None, "version": 4}
    assert changed(replace, shelf, {"title": "Globes"}).json == {**shelf, "title": "Globes", "place": None, "note": "new", "version": 5}
    assert ask(retrieve, shelf["id"], card="all").json["version"] == 5


def test_what_is_wrong_changes_nothing() -> None:
    shelf = created("Maps")
    for entry, body, wrong in (
        (replace, {}, {"title": ["This field is required."]}),
        (replace, {"title": ""}, {"title": ["This field may not be blank."]}),
        (update, {"title": None}, {"title": ["This field may not be null."]}),
        (update, {"title": "x" * 21}, {"title": ["Ensure this field has no more than 20 characters."]}),
    ):
        answer = changed(entry, shelf, body)
        assert (answer.status, answer.json) == (400, wrong), body
    assert ask(retrieve, shelf["id"], card="all").json == shelf


def test_what_is_to_be_must_pass_the_check_and_the_rules_of_the_entity() -> None:
    shelf = created("Maps")
    assert ask(create, card="all", body={"title": "x", "place": "cellar"}).json == {"place": ["is damp"]}
    for entry in (replace, update):
        assert changed(entry, shelf, {"title": "Maps", "place": "cellar"}).json == {"place": ["is damp"]}
        answer = changed(entry, shelf, {"title": "Maps", "note": "x" * 101})
        assert (answer.status, list(answer.json)) == (400, ["note"])
    assert ask(retrieve, shelf["id"], card="all").json == shelf


def test_no_body_moves_a_shelf_to_a_stranger_or_sets_its_version() -> None:
    shelf = created("Maps")
    for entry in (replace, update):
        assert changed(entry, shelf, {"title": "Maps", "organization": THEIRS}).status == 404
    assert changed(update, shelf, {"version": 7}).json["version"] == 2
    assert ask(retrieve, shelf["id"], card="all").json == {**shelf, "version": 2}


def test_a_title_is_free_again_when_its_shelf_is_renamed_or_gone() -> None:
    first, second = created("Maps"), created("Globes")
    assert ask(create, card="all", body={"title": "Maps"}).json == {"detail": "The title is taken"}
    assert changed(update, second, {"title": "Maps"}).status == 409
    assert changed(update, first, {"title": "Atlases"}).status == 200
    assert changed(update, second, {"title": "Maps"}).status == 200
    assert ask(destroy, second["id"], card="all").status == 204
    assert created("Maps")["title"] == "Maps"


def test_what_is_deleted_is_gone() -> None:
    shelf = created("Maps")
    gone = ask(destroy, shelf["id"], card="all")
    assert (gone.status, gone.content) == (204, b"")
    for entry, body in ((retrieve, None), (replace, {"title": "x"}), (update, {}), (destroy, None)):
        assert ask(entry, shelf["id"], card="all", body=body).status == 404, entry.route.name


def test_a_list_goes_on_where_its_link_leads() -> None:
    for title in ("c", "a", "e", "d", "b"):
        created(title)
    titles, query = [], {"size": "2"}
    while True:
        page = ask(list_, card="all", query=query).json
        titles.append("".join(each["title"] for each in page["results"]))
        if page["next"] is None:
            break
        query = {"size": "2", "after": page["next"].partition("?after=")[2][0]}
        assert page["next"].endswith(f"/library/shelf?after={titles[-1][-1]}&size=2")
    assert titles == ["ab", "cd", "e"]


def test_another_organization_finds_nothing_of_it() -> None:
    shelves.card("theirs", "view", "add", "change", "delete", organization=THEIRS)
    shelf = created("Maps")
    for entry, body in ((retrieve, None), (replace, {"title": "x"}), (update, {"title": "x"}), (destroy, None)):
        assert ask(entry, shelf["id"], card="theirs", body=body).status == 404, entry.route.name
    assert ask(list_, card="theirs").json["results"] == []
    assert created("Maps", card="theirs")["id"] != shelf["id"]
    assert ask(retrieve, shelf["id"], card="all").json == shelf


def test_a_change_that_came_between_is_not_undone() -> None:
    """The shelf that a request has loaded is another one by the time that it is written."""
    shelf = created("Maps")
    before = Shelf(organization=OURS, **shelf)
    assert changed(update, shelf, {"note": "first"}).status == 200

    def stale(path: OnShelf) -> Read[Shelf]:
        return shelf_of(path).map(lambda now: before)

    late = LIBRARY.route("PATCH", "/library/shelf/{shelf}/", "update", scope="change", loads=stale, uses=[Shelves.change])(_late)
    assert changed(late, shelf, {"note": "second"}).status == 409
    assert ask(retrieve, shelf["id"], card="all").json["note"] == "first"


def _late(call: Call, loaded: Shelf, body: ShelfPatch) -> ShelfOut:
    """Change a shelf as it was."""
    return crud.update(SHELVES, call, loaded, body)


def test_a_route_says_what_it_may_do_of_its_store() -> None:
    actions = {entry.route.name: {grant.action for grant in entry.route.grants} for entry in (list_, create, replace, destroy, retrieve)}
    read = "dynamodb:BatchGetItem"
    assert actions == {
        "list_shelves": {read, "dynamodb:Query"},
        "create_shelf": {read, "dynamodb:PutItem"},
        "replace_shelf": {read, "dynamodb:PutItem", "dynamodb:DeleteItem"},
        "delete_shelf": {read, "dynamodb:DeleteItem"},
        "get_shelf": {read},
    }
    assert all(entry.route.scope != PUBLIC for entry in (list_, create, replace, destroy, retrieve, update))
