"""An API in the manners of Django REST framework: objects before bodies, forms, lax shapes, 403 before 405, HEAD, OPTIONS, `?format=`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from edge.answer import JSON, Answer
from edge.api import Api
from edge.body import Bodies, last_wins_json
from edge.dialect import Credential, json_answer, permits_by_place
from edge.errors import NoSuchMethod, UnsupportedMediaType
from edge.form import MULTIPART, URLENCODED, multipart, urlencoded
from edge.negotiate import by_format_and_accept
from edge.order import OBJECT_FIRST, PARENT_FIRST
from edge.query import repeated
from edge.request import Call, Request
from edge.route import PUBLIC
from edge.scopes import Scopes
from edge.shape import Lax
from edge.words import plain
from fleet.access import Principal, Reach
from fleet.aws import table
from fleet.aws.reads import Found, Read, both, fetch_with
from fleet.errors import FleetError, Invalid, NotAllowed, NotFound, Problem, Unauthenticated
from fleet.grants import uses
from tests.edge import shelves
from tests.edge.shelves import Book, Leaflet, Shelf

HTML, CSV = "text/html", "text/csv"
SCOPES = {"GET": "view", "HEAD": "view", "POST": "add", "PUT": "change", "PATCH": "change", "DELETE": "delete"}
WORDS = {
    "missing": "This field is required.",
    "null": "This field may not be null.",
    "blank": "This field may not be blank.",
    "string_type": "Not a valid string.",
    "string_too_long": "Ensure this field has no more than {max_length} characters.",
    "int_type": "A valid integer is required.",
    "int_parsing": "A valid integer is required.",
    "bool_parsing": "Must be a valid boolean.",
    "literal_error": '"{given}" is not a valid choice.',
    "list_type": 'Expected a list of items but got type "{given_type}".',
    "object": "Invalid data. Expected a dictionary, but got {given_type}.",
    "json": "Value must be valid JSON.",
    "file_type": "The submitted data was not a file.",
}


@uses(shelves.reader)
def _identify(text: str, request: Request, keys: Sequence[table.Key]) -> tuple[Principal, Found]:
    """The reader of a card."""
    if " " in text:
        raise Unauthenticated("Invalid token header. Token string should not contain spaces.")
    return shelves.reader(text, keys)


@uses(fetch_with)
def _identify_by_key(text: str, request: Request, keys: Sequence[table.Key]) -> tuple[Principal, Found]:
    """Who has the key of the book itself: an unknown book comes before a wrong key, and who is wrong may be somebody."""
    book, found = fetch_with(Reach.of(), shelves.any_book(request.values["shelf"], request.values["book"]), keys)
    if book is None:
        raise NotFound("Book")
    if book.key != text:
        raise NotAllowed("Wrong key, and nobody else is there." if request.bearer is None else "Wrong key.")
    return Principal("book", book.id, Reach.of(book.organization), frozenset({"view"})), found


def _key(request: Request) -> str | None:
    """The key in the query; an empty one counts as none."""
    return request.query.get("key", [""])[-1] or None


CARD = Credential("card", {"type": "http", "scheme": "bearer"}, lambda request: request.bearer, _identify)
KEY = Credential("key", {"type": "apiKey", "in": "query", "name": "key"}, _key, _identify_by_key)


def folded(problems: Sequence[Problem]) -> dict[str, Any]:
    """Texts at their place; those of a whole object below `__all__`, those of several of its members below `non_field_errors`."""
    names = {"whole": "__all__", "together": "non_field_errors", "object": "non_field_errors"}
    whole: dict[str, Any] = {}
    for problem in problems:
        into = whole
        place = [str(part) for part in problem.place]
        *above, last = [*place, names[problem.kind]] if problem.kind in names else place
        for part in above:
            into = into.setdefault(part, {})
        text = WORDS[problem.kind].format(**problem.context) if problem.kind in WORDS else plain(problem)
        into.setdefault(last, []).append(text)
    return whole


def error_body(error: FleetError, status: int) -> Any:
    """`detail` for most, what is wrong at its place for input."""
    if isinstance(error, Invalid):
        unread = [problem for problem in error.details if not problem.place and problem.kind in ("json", "form", "too_large")]
        return {"detail": f"Parse error: {plain(unread[0])}"} if unread else folded(error.details)
    if isinstance(error, NoSuchMethod):
        return {"detail": f'Method "{error.method}" not allowed.'}
    if isinstance(error, UnsupportedMediaType):
        return {"detail": f'Unsupported media type "{error.media_type}" in request.'}
    return {"detail": f"No {error.kind} matches the given query." if isinstance(error, NotFound) else error.message}


def metadata(request: Request, methods: Sequence[str]) -> Answer:
    """What OPTIONS answers."""
    return json_answer(200, {"name": "Library", "parses": [JSON, URLENCODED, MULTIPART]}, {"Allow": ", ".join(methods)})


def undeclared(method: str, scopes: Mapping[str, str]) -> str | None:
    """The scope that a method would need."""
    return SCOPES.get(method)


LIBRARY = Api(
    name="library",
    credentials=(CARD,),
    order=OBJECT_FIRST,
    scopes=Scopes(frozenset(SCOPES.values()), ("tests/edge/library.py",)),
    permit=permits_by_place,
    error_body=error_body,
    read_body=Bodies({JSON: last_wins_json, URLENCODED: urlencoded, MULTIPART: multipart}, empty_is_object=True, otherwise="unsupported"),
    read_query=repeated,
    reads=(JSON, URLENCODED, MULTIPART),
    negotiate=by_format_and_accept({"json": JSON, "api": HTML, "csv": CSV}),
    shows="nulls",
    headers={"X-Library": "true"},
    head=True,
    options=metadata,
    undeclared_scope=undeclared,
)


class OnShelf(Lax):
    shelf: str


class OnBook(OnShelf):
    book: str


class BookIn(Lax):
    title: str


class Number(Lax):
    number: int = 1


class Shown(Lax):
    title: str
    group: str | None = None


def shelf_of(path: OnShelf) -> Read[Shelf]:
    return shelves.shelf(path.shelf)


def book_of(path: OnBook) -> Read[Book]:
    return shelves.book(path.shelf, path.book)


def leaflet_of(path: OnBook) -> Read[Leaflet]:
    return shelves.leaflet(path.shelf, path.book)


def both_of(path: OnBook) -> Read[tuple[Book, Leaflet]]:
    """Two objects, of which one may be acted on by anybody."""
    return both(book_of(path), leaflet_of(path))


BOOK = "/library/shelf/{shelf}/book/{book}/"


@LIBRARY.route("GET", "/library/shelf/{shelf}/", "get_shelf", scope="view", loads=shelf_of)
def get_shelf(call: Call, loaded: Shelf, query: Number) -> Shown:
    """Show a shelf."""
    return Shown(title=loaded.id)


@LIBRARY.route("PUT", "/library/shelf/{shelf}/", "put_shelf", scope="change", loads=shelf_of)
def put_shelf(call: Call, loaded: Shelf, query: Number, body: BookIn) -> Shown:
    """Give a shelf another title."""
    return Shown(title=body.title)


@LIBRARY.route("POST", "/library/shelf/{shelf}/book/", "post_book", scope="add", parent=shelf_of, order=PARENT_FIRST, status=201)
def post_book(call: Call, parent: Shelf, body: BookIn) -> Shown:
    """Put a book on a shelf."""
    return Shown(title=body.title, group=parent.id)


@LIBRARY.route("PUT", BOOK, "put_book", scope="change", parent=shelf_of, loads=book_of, order=PARENT_FIRST)
def put_book(call: Call, parent: Shelf, loaded: Book, query: Number, body: BookIn) -> Shown:
    """Give a book another title."""
    return Shown(title=body.title, group=parent.id)


@LIBRARY.route("GET", f"{BOOK}notes/", "get_notes", scope="view", loads=book_of, credentials=(KEY, CARD))
def get_notes(call: Call, loaded: Book) -> Shown:
    """Show a book's notes to a reader, or to who has its key."""
    return Shown(title=loaded.id, group=call.principal.kind)


@LIBRARY.route("GET", "/library/hours/", "get_hours", scope=PUBLIC)
def get_hours(call: Call) -> Shown:
    """Say when the library is open."""
    return Shown(title=call.principal.kind)
