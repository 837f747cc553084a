"""The data that the suite needs for each dialect: a module in this folder, named like its folder in `functions`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from copy import copy
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any, Literal, Self, get_args

from edge.entry import Entry
from edge.route import Route
from edge.shape import Shape
from fleet.tenancy.organization import Organization
from tests.harness.fleet import Fleet
from tests.suite.routes import every_route, example

Outcome = Literal["good", "not authenticated", "not allowed", "finds nothing"]
Refusal = Literal["malformed path", "no body", "no JSON", "duplicate member", "wrong body", "empty object", "too large", "media type"]
REFUSALS: tuple[Refusal, ...] = get_args(Refusal)
Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class Credential:
    """A kind of credential beside the valid one, and the expected outcome of each route with it.

    `security` is the name of the `edge.dialect.Credential` whose routes are called. `arguments` makes the credential in a world, from
    the dialect's seeds there, and gives it as arguments of a call. `comes_to` gives the outcome, or None for routes that
    this is not about. The call is made when the time `after` has passed. With one that `reads_only` nothing is ever stored.
    `unseen` gives texts that no answer may hold.
    For each scheme there are some that are not valid, some with fewer permissions, and one of another organization.
    """

    name: str
    security: str
    arguments: Callable[[Any], Arguments]
    comes_to: Callable[[Route], Outcome | None]
    after: timedelta = timedelta()
    reads_only: bool = False
    unseen: Callable[[Any], Sequence[str]] = lambda seeds: ()


@dataclass(frozen=True)
class Meeting:
    """Calls that meet what others do at the same time, which an AWS in memory alone can be made to do: `begin` does it."""

    begin: Callable[[Any], AbstractContextManager[None]]
    calls: Sequence[Arguments]


class Seeds:
    """A dialect's objects for calls of its routes in one world; each dialect has a subclass.

    Objects and valid credentials are created in `__init__`, as a world is copied for each test. With `repeatable`,
    credentials and bodies of valid calls stay valid for hours.
    """

    def __init__(self, fleet: Fleet, organization: Organization, *, repeatable: bool = False) -> None:
        self.fleet, self.organization = fleet, organization
        self._arguments: dict[Credential, Arguments] = {}

    def prepare(self, credentials: Sequence[Credential]) -> None:
        """Create all these credentials in advance, since that takes longer than the calls."""
        self._arguments |= {credential: credential.arguments(self) for credential in credentials}

    def arguments(self, credential: Credential) -> Arguments:
        """The arguments of a call with a prepared credential."""
        return self._arguments[credential]

    def fresh(self) -> Self:
        """A copy for a test, once the tables are restored."""
        return copy(self)

    def credential(self, entry: Entry) -> str | None:
        """The valid credential for a route, by `entry.route.security` where the dialect has several kinds; None if it needs none."""
        raise NotImplementedError

    def unused(self) -> None:
        """Have the valid credentials be unused for a while. Override it where the first use of one is recorded: `Profile.first_use`."""

    def headers(self, entry: Entry, credential: str | None) -> dict[str, str]:
        """The header in which a route takes a credential, as the first of its OpenAPI security schemes says.

        Override it for routes that read another media type than JSON: add its `Content-Type`.
        """
        if credential is None:
            return {}
        scheme = next(iter(entry.route.security.values()))
        return {scheme["name"]: credential} if scheme["type"] == "apiKey" else {"Authorization": f"Bearer {credential}"}

    def path(self, entry: Entry) -> dict[str, str]:
        """The values of the route's path variables."""
        raise NotImplementedError

    def body(self, entry: Entry) -> Any:
        """The body of a valid call, sent as JSON: the documented example with ids of this world.

        Override it for routes that read forms: bytes are sent as they are.
        """
        return example(entry, "body")

    def query(self, entry: Entry) -> Mapping[str, str | Sequence[str]] | None:
        """The query of a valid call: the documented example with ids of this world.

        Override it for queries in brackets (`{"filter[0][key]": "floor"}`) and for repeated names (a list of values).
        """
        return {name: str(value) for name, value in (example(entry, "query") or {}).items()} or None

    def surround(self, total: int, here: int, places: int) -> None:
        """Add devices to the organization: `here` of them beside those that routes are called with, the others elsewhere."""
        raise NotImplementedError


@dataclass(frozen=True)
class Profile:
    """A dialect's data for the suite. Its module defines one, called `profile`."""

    seeds: type[Seeds]
    shape: type[Shape]
    """What every shape of its routes is one of: the spelling of members hangs on it."""
    credentials: Sequence[Credential]
    unknown: Mapping[str, str | None]
    """Well-formed unknown values of path variables; None for a variable that names nothing stored."""
    refusals: Mapping[Refusal, int | None]
    """The status of each kind of bad request, all of REFUSALS; None where such a request is accepted."""
    budgets: Mapping[str, int]
    """Exceptional numbers of AWS requests of a warm call, by route."""
    further: Mapping[str, Sequence[Arguments]]
    """Further calls that a route needs to use all of its grants; `status` is the expected one, `members` are in place of those of a body
    that is valid once more.
    """
    meetings: Mapping[str, Sequence[Meeting]] = field(default_factory=dict)
    """Calls that a route needs besides `further` to use all of its grants, and in the tests only."""
    grow: Collection[str] = ()
    """The routes that look through all devices of an organization: their read units grow with these."""
    first_use: Collection[str] = ()
    """The credentials whose first use in a while is recorded, with one more request and write unit; those of seeds have been used."""
    refusals_by_route: Mapping[str, Mapping[Refusal, int | None]] = field(default_factory=dict)
    """Where a route differs from `refusals`: a PATCH may accept an empty object."""

    def refusal(self, route: str, kind: Refusal) -> int | None:
        """The status of a kind of bad request at a route; None where it is accepted."""
        return {**self.refusals, **self.refusals_by_route.get(route, {})}[kind]


@cache
def profile(dialect: str) -> Profile:
    """The profile of a dialect. Raises LookupError when its module is missing."""
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


def records_use() -> list[Entry]:
    """The routes that record when a credential was used."""
    return [entry for entry in every_route() if not entry.route.security.keys().isdisjoint(profile(entry.route.dialect).first_use)]


def budget(entry: Entry) -> int:
    """Requests of a warm call: one to read by id, two for a page of a list, three to write, except for the dialect's exceptions."""
    kind = 3 if entry.route.method != "GET" else 2 if entry.route.name.startswith("list_") else 1
    return profile(entry.route.dialect).budgets.get(entry.route.name, kind)
