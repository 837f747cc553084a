"""A world on the deployed stacks in which every route of an API has something to be called about: what all such worlds have."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from edge.entry import Entry
from muster.rehearse import examples
from muster.rehearse.client import Client, Reply

_PATIENCE = 60.0


class NotSo(Exception):
    """The world could not be made as it has to be; the message says what did not happen."""


class World:
    """What is known of one API's people and places, and the good calls of its routes."""

    def __init__(self, client: Client, routes: Mapping[str, Entry]) -> None:
        self.client, self.routes = client, routes
        self.known: dict[str, str] = {}
        """What stands for variables of paths."""
        self.done: dict[str, Reply] = {}
        """The first answer of each route that was as declared."""
        self._last = Reply(0, {}, b"", 0)

    def play(self) -> None:
        """Make what routes are about. NotSo when something does not come about."""

    def end(self) -> None:
        """What can only come when all routes have been called. NotSo when it does not."""

    def headers(self, entry: Entry) -> dict[str, str]:
        """The credential that a route asks for, if it does."""
        return {}

    def fitted(self, entry: Entry, example: Any) -> Any:
        """The documented body of a route, with this world's people and places in it."""
        return example

    def query(self, entry: Entry) -> dict[str, str] | None:
        """The documented query of a route, with what there is in this world."""
        return {name: str(value) for name, value in (examples.example(entry, "query") or {}).items()} or None

    def until(self, otherwise: str, so: Callable[[], bool]) -> None:
        """Wait for something. NotSo when it does not come."""
        end = time.monotonic() + _PATIENCE
        while not so():
            if time.monotonic() > end:
                raise NotSo(f"{otherwise}; the last answer was {self._last.status} {self._last.text}")
            time.sleep(0.3)

    def good(self, name: str, **changed: Any) -> Reply:
        """The good call of a route, with whatever is to be otherwise. Ids in its answer are remembered for later paths."""
        entry = self.routes[name]
        arguments = {"headers": None, "body": self.fitted(entry, examples.example(entry, "body")), **changed}
        if arguments["headers"] is None:
            arguments["headers"] = self.headers(entry)
        path = {part: value for part in variables(entry) if (value := self.value(entry, part))} | arguments.pop("path", {})
        reply = self.client.call(entry, path, query=self.query(entry), **arguments)
        self._last = reply
        if reply.status == entry.route.status:
            self.done.setdefault(name, reply)
            self._remember(entry, reply.json)
        return reply

    def value(self, entry: Entry, variable: str) -> str | None:
        """What stands for a variable of a path: an id that is known by now, or the first of the words that it may be."""
        shape = entry.route.shapes.get("path")
        declared = shape.model_json_schema()["properties"].get(variable, {}) if shape else {}
        return self.known.get(variable) or next(iter(declared.get("enum", ())), None)

    def _remember(self, entry: Entry, answer: Any) -> None:
        """An id is what the path below the one that was posted to asks for: of a command that was sent, of a key that was made."""
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
        reply = self.good(name, body=body)
        if name not in self.done:
            raise NotSo(f"{name} answered {reply.status} {reply.text}")


def variables(entry: Entry) -> list[str]:
    """The variables of a route's path."""
    return [part[1:-1] for part in entry.route.path.split("/") if part.startswith("{")]
