"""What the toolkit of routes promises every API: one time a request, declarations that cannot be wrong silently, packed answers."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from edge.api import Api
from edge.dialect import Credential, permits_all
from edge.order import INPUT_FIRST
from edge.request import Call, Request
from edge.route import PUBLIC
from edge.scopes import Scopes
from edge.shape import Strict
from fleet.access import Principal, Reach
from fleet.aws.reads import Found, Read
from fleet.aws.table import Key
from muster.home import ROOT
from tests.harness.call import Context, Response, event_of
from tests.harness.call import answered as read


class Where(Strict):
    id: str


class Out(Strict):
    judged: datetime
    now: datetime


def _identify(text: str, request: Request, keys: Sequence[Key]) -> tuple[Principal, Found]:
    return Principal("toy", request.received.isoformat(), Reach.of(), frozenset({"x"})), Found()


TOY = Api(
    name="toy",
    credentials=(Credential("toy", {}, lambda request: "", _identify),),
    order=INPUT_FIRST,
    scopes=Scopes(("x", "wide"), ("toy/scopes.py", "toy/more.py")),
    permit=permits_all,
    error_body=lambda error, status: {"message": error.message},
)


def declare(view: Callable[..., Any], loads: Callable[..., Any] | None = None) -> Any:
    return TOY.route("GET", "/toy/{id}", "get_toy", scope="x", loads=loads)(view)


def _times(call: Call) -> Out:
    """Tell when the credential was judged and what time the view has."""
    return Out(judged=datetime.fromisoformat(call.principal.id), now=call.now)


def call(**given: Any) -> Response:
    """The answer of a route of an API that has no document."""
    entry = declare(_times)
    return read(entry(event_of(entry, {"id": "a"}, **given), Context()))


def test_a_credential_is_judged_at_the_time_of_the_call() -> None:
    answer = call().json
    assert answer["judged"] == answer["now"]


def _stored(path: Where) -> Read[str]:
    return Read((), lambda reach, found: path.id)


def _misspelt(call: Call, paht: Where) -> None:
    """A view with a misspelt parameter."""


def _bare(call: Call, path) -> None:  # type: ignore[no-untyped-def]
    """A view with an untyped parameter."""


def _loaded(call: Call, loaded: str) -> None:
    """A view that takes the loaded object."""


def _asked_with_the_call(call: Call) -> Read[str]:
    return Read((), lambda reach, found: "")


@pytest.mark.parametrize(
    ("view", "loads", "message"),
    [
        (_misspelt, None, "_misspelt takes paht; known here: call. A view may take"),
        (_misspelt, _stored, "_misspelt takes paht; known here: call, loaded, path. "),
        (_bare, None, "_bare takes path; known here: call. "),
        (_loaded, None, "_loaded takes loaded; known here: call. "),
        (_times, _asked_with_the_call, "_asked_with_the_call takes call; known here: nothing. "),
    ],
)  # fmt: skip
def test_a_parameter_that_no_route_has_fails_when_it_is_declared(
    view: Callable[..., Any], loads: Callable[..., Any] | None, message: str
) -> None:
    with pytest.raises(TypeError) as caught:
        declare(view, loads)
    assert message in str(caught.value)


def test_a_scope_that_the_api_does_not_have_fails_when_it_is_declared() -> None:
    with pytest.raises(TypeError) as caught:
        TOY.route("GET", "/toy/{id}", "get_toy", scope="READ")
    assert str(caught.value) == "scope 'READ' is no scope of toy: one of wide, x (toy/scopes.py, toy/more.py)"


def test_an_api_that_names_no_scopes_has_public_routes_alone() -> None:
    bare = replace(TOY, scopes=Scopes())
    with pytest.raises(TypeError, match="scope 'x' is no scope of toy: it has none but PUBLIC until `scopes` of its Api names some"):
        bare.route("GET", "/toy/{id}", "get_toy", scope="x")
    assert bare.route("GET", "/toy/hours", "get_hours", scope=PUBLIC)(_hours).route.scope == PUBLIC


def _hours(call: Call) -> None:
    """Tell nothing."""


def test_what_a_route_has_is_taken_in_any_order() -> None:
    assert declare(_loaded, _stored).route.shapes == {"path": Where}


def answered(accept_encoding: str | None) -> Response:
    headers = {} if accept_encoding is None else {"Accept-Encoding": accept_encoding}
    return call(headers=headers)


@pytest.mark.parametrize(
    "header",
    ["gzip", "GZIP", "gzip;q=1", "gzip;q=1.000", "gzip ; q=0.001", "gzip;Q=0.5", "gzip;q=1.", "br, gzip", "br;q=1.0,\tgzip;q=0.8", "*",
     "gzip, *;q=0", "identity;q=0, *;q=0.1"],
)  # fmt: skip
def test_json_is_compressed_for_who_gives_gzip_a_weight(header: str) -> None:
    assert answered(header).encoding == "gzip"


@pytest.mark.parametrize(
    "header",
    [None, "", "br", "x", "gzip;q=0", "gzip;q=0.", "gzip;q=0.0", "gzip;q=0.00", "gzip;q=0.000", "gzip;q=0, *", "*;q=0", "*;q=0.000",
     "gzip;q=", "gzip;", "gzip;q=x", "gzip;q=-1", "gzip;q=2", "gzip;q=1.001", "gzip;q=0.0001", "gzip;q=.5", "gzip;q=1e0", "gzip;q = 1",
     "gzip;q=nan", "gzip;level=9", "gzip;q=1;q=1"],
)  # fmt: skip
def test_json_stays_as_it_is_for_others_and_for_malformed_weights(header: str | None) -> None:
    answer = answered(header)
    assert (answer.encoding, answer.headers["Vary"]) == (None, "Accept-Encoding")


_THRESHOLDS = """
import gc, importlib, sys
default = gc.get_threshold()
for name in sys.argv[1:]:
    importlib.import_module(name)
    print(name, gc.get_threshold() == default)
    gc.set_threshold(*default)
"""


def test_garbage_is_collected_less_often_where_an_entry_is_declared_and_nowhere_else() -> None:
    toolkit = ["edge.api", "edge.worker", "wisdm.dialect", "thingsee.dialect"]
    entries = ["functions.wisdm.version.get", "functions.workers.alert.evaluate"]
    done = subprocess.run([sys.executable, "-c", _THRESHOLDS, *toolkit, *entries], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.split() == [text for name in toolkit + entries for text in (name, str(name in toolkit))]
