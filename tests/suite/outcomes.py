"""The outcome of a call with a credential, compared with the expected one."""

from __future__ import annotations

import time_machine

from edge.entry import Entry
from edge.route import Route
from fleet.errors import FleetError, NotAllowed, Unauthenticated
from tests.harness.call import Response
from tests.harness.recorder import Recorder
from tests.suite.dialect import Credential, Outcome, profile
from tests.suite.world import fresh

_WRITES = ("WriteItems", "PutItem", "UpdateItem", "DeleteItem", "SendMessage")


def credentials(entry: Entry) -> list[tuple[Credential, Outcome]]:
    """The further credentials for a route, each with its expected outcome."""
    found = [each for each in profile(entry.route.dialect).credentials if each.security in entry.route.security]
    return [(each, outcome) for each in found if (outcome := each.comes_to(entry.route))]


def scheme_of(entry: Entry) -> str:
    """Which further credentials are for a route, in the message of an assertion."""
    return f"with security={' or '.join(map(repr, entry.route.security))}"


def call_with(entry: Entry, credential: Credential, aws_requests: Recorder) -> tuple[Response, bool]:
    """Call a route with a credential in a restored world; returns the response, and whether anything was stored or sent."""
    world = fresh()
    seeds = world.of(entry)
    aws_requests.clear()
    with time_machine.travel(world.made + credential.after):
        answer = world.call(entry, **seeds.arguments(credential))
    shown = [text for text in credential.unseen(seeds) if text in answer.content.decode()]
    assert not shown, (credential.name, "may not see", shown)
    return answer, wrote(aws_requests)


def outcome_of(entry: Entry, answer: Response) -> Outcome | str:
    """The outcome of a response: success, a refusal in the dialect's exact form, or anything else."""
    if answer.status == entry.route.status:
        return "good"
    if _is(entry, answer, Unauthenticated()):
        return "not authenticated"
    if _is(entry, answer, NotAllowed()):
        return "not allowed"
    return "finds nothing" if answer.status == 404 else shown(answer)


def shown(answer: Response) -> str:
    """A response in the message of an assertion: its status, and the beginning of its body."""
    return f"{answer.status} {answer.content[:2000].decode(errors='replace')}"


def check_not_found(entry: Entry, variable: str, answer: Response, stored: bool) -> None:
    """AssertionError unless a call whose path names by this variable what is not there is answered 404 and changes nothing."""
    assert (answer.status, stored) == (404, False), f"{variable}: {shown(answer)}{lacking(entry.route, answer)}"


def lacking(route: Route, answer: Response) -> str:
    """The end of the message of an assertion about a path that names nothing: what a route that takes it all the same may lack."""
    names = [f"{name}=…" for name, loader in (("parent", route.parent), ("loads", route.loads)) if not loader]
    return f": does the route need {' or '.join(names)}?" if names and route.security and answer.status in route.statuses else ""


def _is(entry: Entry, answer: Response, error: FleetError) -> bool:
    expected = entry.dialect.show_error(error)
    assert expected.status in (401, 403)
    return (answer.status, answer.content) == (expected.status, expected.body)


def wrote(aws_requests: Recorder) -> bool:
    """Whether anything was stored or sent."""
    return any(request.endswith(_WRITES) for request in aws_requests.requests)
