"""Route declaration: the routes of an API, and what answers for the rest of its paths."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Unpack

from edge.dialect import Credential, Dialect, security_of
from edge.entry import Entry
from edge.fallback import Fallback
from edge.route import PUBLIC, Loader, Options, Route, View, describe
from fleet.errors import FleetError, NotFound


@dataclass(frozen=True)
class Api(Dialect):
    """A dialect on which routes are declared. Some routes of an API may be declared on a second value with the same name."""

    def route(
        self,
        method: str,
        path: str,
        name: str,
        *,
        scope: str,
        loads: Loader | None = None,
        parent: Loader | None = None,
        uses: Sequence[Callable[..., Any]] = (),
        raises: Sequence[type[FleetError]] = (),
        status: int = 200,
        credentials: Sequence[Credential] | None = None,
        **options: Unpack[Options],
    ) -> Callable[[View], Entry]:
        """Declare a route: all that is deployed, documented and granted for it follows from this and the annotations.

        `name` is the operation's documented name. `loads` says which stored objects the route is about; they are
        read with the credential, judged against the caller's reach, and handed to the view; `parent` likewise the object
        below which they are; both raise NotFound, which `raises` need not name. `credentials` replace the dialect's.
        TypeError for a scope that the API does not have, and for what cannot be declared together.
        """
        if scope != PUBLIC:
            self.scopes.check(scope, self.name)
        accepted = () if scope == PUBLIC else self.credentials if credentials is None else tuple(credentials)

        def declare(view: View) -> Entry:
            own = {"reads": self.reads, "max_body": self.max_body, "order": self.order, **options, **describe(view, loads, parent)}
            may_raise = (*raises, NotFound) if loads or parent else tuple(raises)
            self.read_body.check(options.get("reads", self.reads))
            loaders = [loader for loader in (loads, parent) if loader]
            calls = (*uses, *loaders, *(each.identify for each in accepted))
            route = Route(self.name, method, path, name, scope, security_of(accepted), loads, parent, calls, may_raise, status, **own)
            return Entry(self, route, accepted, view)

        return declare

    def fallback(self, beside: str) -> Fallback:
        """The function that answers unknown paths, undeclared methods and OPTIONS, from the paths listed beside this file."""
        return Fallback(self, Path(beside).with_name("allowed.json"))
