"""Every route answers its valid call as declared and documented."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, RootModel

from edge.answer import SECURE
from edge.entry import Entry
from muster.entries import dialects
from tests.suite.dialect import profile
from tests.suite.outcomes import shown
from tests.suite.routes import every_route, name, variables
from tests.suite.world import fresh

ROUTES = every_route()
WHAT_TO_FILL_IN = (
    "tests/suite/{dialect}.py says what a good call is. `credential` is that of the route's `security`, created in `__init__`; "
    "`body` is the example of its shape unless a form needs bytes, and `headers` then name its media type; `query` likewise, unless it has "
    "brackets; of several statuses a good call gives the route's first"
)


def test_every_dialect_has_routes() -> None:
    assert {entry.route.dialect for entry in ROUTES} == set(dialects())


@pytest.mark.parametrize("entry", ROUTES, ids=name)
def test_its_shapes_are_those_of_its_api(entry: Entry) -> None:
    """A RootModel of a list has no members, and so no spelling of its own."""
    own = profile(entry.route.dialect).shape
    shapes = [each for each in (*entry.route.shapes.values(), entry.route.result) if isinstance(each, type)]
    strangers = [each for each in shapes if issubclass(each, BaseModel) and not issubclass(each, (own, RootModel))]
    assert strangers == [], f"let them be {own.__name__}"


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("entry", ROUTES, ids=name)
def test_a_good_call_succeeds(entry: Entry) -> None:
    """`call` checks request and response against the document."""
    answer = fresh().call(entry)
    assert answer.status == entry.route.status, f"{shown(answer)}: {WHAT_TO_FILL_IN.format(dialect=entry.route.dialect)}"
    assert answer.headers.items() >= SECURE.items()


def test_the_suite_knows_all_variables_of_paths() -> None:
    missing = {(name(entry), each) for entry in ROUTES for each in variables(entry) if each not in profile(entry.route.dialect).unknown}
    assert missing == set()
