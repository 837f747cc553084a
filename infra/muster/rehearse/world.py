"""The resources on the deployed stacks that calls of an API's routes need: the base class for each API."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from edge.entry import Entry
from muster.rehearse import examples
from muster.rehearse.client import Client, Reply

_PATIENCE = 60.0


class PreconditionFailed(Exception):
    """A precondition of the rehearsal failed; the message says which."""


class World:
    """One API's credentials and resource ids, and the valid calls of its routes."""

    def __init__(self, client: Client, routes: Mapping[str, Entry]) -> None:
        self.client, self.routes = client, routes
        self.known: dict[str, str] = {}
        """Values of path variables."""
        self.done: dict[str, Reply] = {}
        """The first successful answer of each route."""
        self._last = Reply(0, {}, b"", 0)

    def prepare(self) -> None:
        """Create the resources that routes need. Raises PreconditionFailed when that fails."""

    def end(self) -> None:
        """Steps after all routes were called. Raises PreconditionFailed when one fails."""

    def headers(self, entry: Entry) -> dict[str, str]:
        """The headers with the credential that a route needs, if any."""
        return {}

    def body_of(self, entry: Entry, example: Any, again: bool) -> Any:
        """The documented body of a route, with the ids of this world. `again`: it need not be accepted another time."""
        return example

    def query(self, entry: Entry) -> dict[str, str] | None:
        """The documented query of a route, with the ids of this world."""
        return {name: str(value) for name, value in (examples.example(entry, "query") or {}).items()} or None

    def until(self, otherwise: str, so: Callable[[], bool]) -> None:
        """Wait for a condition. Raises PreconditionFailed on timeout."""
        end = time.monotonic() + _PATIENCE
        while not so():
            if time.monotonic() > end:
                raise PreconditionFailed(f"{otherwise}; the last answer was {self._last.status} {self._last.text}")
            time.sleep(0.3)

    def call(self, name: str, **changed: Any) -> Reply:
        """Make the valid call of a route, with optional changes. Ids in its answer are stored for later paths.

        `members` are in place of those of the body, which is valid even if the route has been called before.
        """
        entry = self.routes[name]
        members = changed.pop("members", {})
        if "body" not in changed:
            body = self.body_of(entry, examples.example(entry, "body"), name in self.done and not members)
            changed["body"] = {**body, **members} if members else body
        arguments = {"headers": None, "query": self.query(entry), **changed}
        if arguments["headers"] is None:
            arguments["headers"] = self.headers(entry)
        path = {part: value for part in variables(entry) if (value := self.value(entry, part))} | arguments.pop("path", {})
        reply = self.client.call(entry, path, **arguments)
        self._last = reply
        if reply.status == entry.route.status:
            self.done.setdefault(name, reply)
            self._remember(entry, reply.json)
        return reply

    def unused(self) -> None:
        """Have the credentials be unused for a while, so that the next call records its use. Override it where one is recorded."""

    def value(self, entry: Entry, variable: str) -> str | None:
        """The value of a path variable: a known id, or the first value of its enumeration."""
        shape = entry.route.shapes.get("path")
        declared = shape.model_json_schema()["properties"].get(variable, {}) if shape else {}
        return self.known.get(variable) or next(iter(declared.get("enum", ())), None)

    def _remember(self, entry: Entry, answer: Any) -> None:
        """Store the id in an answer to POST for the variable of the path below it: a command's id, a key's id."""
        if not isinstance(answer, Mapping):
            return
        for name, value in answer.items():
            if name.endswith("Id") and isinstance(value, str | int):
                self.known.setdefault(name, str(value))
        if entry.route.method == "POST" and isinstance(answer.get("id"), str):
            for variable in self._below(entry.route.path):
                self.known.setdefault(variable, answer["id"])

    def _below(self, path: str) -> Iterator[str]:
        for other in self.routes.values():
            rest = other.route.path.removeprefix(f"{path}/")
            if rest.startswith("{") and rest.endswith("}") and "/" not in rest:
                yield rest[1:-1]

    def need(self, name: str, body: Mapping[str, Any]) -> None:
        reply = self.call(name, body=body)
        if name not in self.done:
            raise PreconditionFailed(f"{name} answered {reply.status} {reply.text}")


def variables(entry: Entry) -> list[str]:
    """The variables of a route's path."""
    return [part[1:-1] for part in entry.route.path.split("/") if part.startswith("{")]
