"""What the suite has to know of a dialect, and where it finds it: each has one module here, with the name of its folder in `functions`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, Literal, Self, get_args

from edge.entry import Entry
from edge.route import Route
from edge.shape import Shape
from fleet.tenancy.organization import Organization
from tests.harness.fleet import Fleet
from tests.suite.routes import example

Outcome = Literal["good", "not authenticated", "not allowed", "finds nothing"]
Refusal = Literal["malformed path", "no JSON", "duplicate member", "wrong body", "too large", "media type"]
REFUSALS: tuple[Refusal, ...] = get_args(Refusal)
Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class Credential:
    """A kind of credential beside the one of good calls, and what calls of each route with it come to.

    `security` is the name of the OpenAPI scheme whose routes are called. `arguments` makes the credential in a world, from
    the dialect's seeds there, and gives it as arguments of a call. `comes_to` gives the outcome, or None for routes that
    this is not about. The call is made when the time `after` has passed. With one that `reads_only` nothing is ever stored.
    `unseen` gives texts that no answer may hold.
    For each scheme there are some that are not in force, some that may do less, and one of another organization.
    """

    name: str
    security: str
    arguments: Callable[[Any], Arguments]
    comes_to: Callable[[Route], Outcome | None]
    after: timedelta = timedelta()
    reads_only: bool = False
    unseen: Callable[[Any], Sequence[str]] = lambda seeds: ()


class Seeds:
    """What a dialect's routes are called about in one world: a subclass for each dialect makes it.

    `repeatable`: the credentials and bodies of good calls stay good when calls are repeated hours later.
    """

    def __init__(self, fleet: Fleet, organization: Organization, *, repeatable: bool = False) -> None:
        self.fleet, self.organization = fleet, organization
        self._arguments: dict[Credential, Arguments] = {}

    def prepare(self, credentials: Sequence[Credential]) -> None:
        """Make all these credentials: that takes longer than the calls with them."""
        self._arguments |= {credential: credential.arguments(self) for credential in credentials}

    def arguments(self, credential: Credential) -> Arguments:
        """What a call with a credential that was prepared is made with."""
        return self._arguments[credential]

    def fresh(self) -> Self:
        """A copy that a test may change, for tables that are as they were when this was made."""
        return copy(self)

    def credential(self, entry: Entry) -> str | None:
        """What a good call of a route is made with; None where it asks for nothing."""
        raise NotImplementedError

    def path(self, entry: Entry) -> dict[str, str]:
        """What the variables of a route's path are here."""
        raise NotImplementedError

    def body(self, entry: Entry) -> Any:
        """The body of a good call: the documented example, with what there is here."""
        return example(entry, "body")

    def query(self, entry: Entry) -> dict[str, str] | None:
        """The query of a good call: the documented example, with what there is here."""
        return {name: str(value) for name, value in (example(entry, "query") or {}).items()} or None

    def surround(self, total: int, here: int, places: int) -> None:
        """Have so many devices in the organization: `here` of them where routes are called about, the others spread over more places."""
        raise NotImplementedError


@dataclass(frozen=True)
class Profile:
    """What the promises have to know of a dialect. Its module has one, called `profile`."""

    seeds: type[Seeds]
    shape: type[Shape]
    """What every shape of its routes is one of: the spelling of members hangs on it."""
    credentials: Sequence[Credential]
    unknown: Mapping[str, str | None]
    """Well-formed values of path variables that name nothing; None for a variable that names nothing stored."""
    refusals: Mapping[Refusal, int]
    """The status of each kind of bad request."""
    budgets: Mapping[str, int]
    """Requests to AWS of a warm call, by the name of a route that differs from its kind."""
    further: Mapping[str, Sequence[Arguments]]
    """Calls beside the good one that a route needs to make use of everything it may do; `status` is what they come to."""


@cache
def profile(dialect: str) -> Profile:
    """What the suite knows of a dialect. LookupError when its module is not written."""
    place = f"tests.suite.{dialect}"
    try:
        found: Profile = importlib.import_module(place).profile
    except ModuleNotFoundError as error:
        if error.name != place:
            raise
        file = f"{place.replace('.', '/')}.py"
        raise LookupError(
            f"The suite cannot call the routes of {dialect}: write {file} with its `profile`, a tests.suite.dialect.Profile."
        ) from None
    return found


def budget(entry: Entry) -> int:
    """Requests of a warm call: one to read by id, two for a page of a list, three to write, but for the dialect's exceptions."""
    kind = 3 if entry.route.method != "GET" else 2 if entry.route.name.startswith("list_") else 1
    return profile(entry.route.dialect).budgets.get(entry.route.name, kind)
