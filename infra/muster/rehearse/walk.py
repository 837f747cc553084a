"""Calls every declared route through the gateway: without credentials, well, and once more; then what no route declares."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edge.route import Entry
from muster.generate.model import Api
from muster.rehearse.client import Reply
from muster.rehearse.examples import FURTHER
from muster.rehearse.world import World, variables

_WRONG = "wdk_AAAAAAAAAAAA_" + "B" * 43
_REFUSALS = (401, 403)
_PAUSE, _PATIENCE, _ALL_PATIENCE = 0.5, 8.0, 60.0
_SIGNED = re.compile(r"http://[^\"\\ ]+X-Amz-Signature=[^\"\\ ]+")


@dataclass(frozen=True)
class Row:
    """What became of one route. `trouble` is empty when all is well."""

    name: str
    method: str
    path: str
    status: int | None
    cold: float | None
    warm: float | None
    trouble: str = ""


class Walk:
    """One round over all routes of an API."""

    def __init__(self, world: World, entries: Sequence[Entry]) -> None:
        self.world = world
        self._entries = sorted(entries, key=lambda entry: (entry.route.method != "GET", entry.route.method == "DELETE", entry.route.path))
        self._patience = _ALL_PATIENCE

    def rows(self) -> Iterator[Row]:
        """Each route once. One whose path needs what another answers waits for that."""
        waiting = self._entries
        while waiting:
            later = [entry for entry in waiting if not self._ready(entry)]
            if len(later) == len(waiting):
                yield from (_missing(entry, f"nothing told {self._unknown(entry)}") for entry in later)
                return
            for entry in waiting:
                if entry not in later:
                    yield self._row(entry)
            waiting = later

    def _ready(self, entry: Entry) -> bool:
        return not self._unknown(entry)

    def _unknown(self, entry: Entry) -> str:
        return ", ".join(part for part in variables(entry) if not self.world.value(entry, part))

    def _row(self, entry: Entry) -> Row:
        route, client = entry.route, self.world.client
        reply = self._good(entry)
        troubles = [] if reply.status == route.status else [f"answered {reply.status} {_said(reply)}"]
        if not troubles:
            troubles += self._further(entry, reply)
        warm = self.world.good(route.name)
        troubles += self._refusals(entry)
        return Row(route.name, route.method, route.path, reply.status, client.first[route.name], warm.milliseconds, "; ".join(troubles))

    def _good(self, entry: Entry) -> Reply:
        """The good call; again when it fails, since the gateway that is played may be busy with an earlier one."""
        reply = self.world.done.get(entry.route.name) or self.world.good(entry.route.name)
        end = time.monotonic() + min(_PATIENCE, self._patience)
        while reply.status != entry.route.status and time.monotonic() < end:
            time.sleep(_PAUSE)
            self._patience -= _PAUSE
            reply = self.world.good(entry.route.name)
        return reply

    def _further(self, entry: Entry, reply: Reply) -> Iterator[str]:
        """Calls that make use of what else the route may do, and what its answer invites to."""
        for arguments in FURTHER.get(entry.route.name, ()):
            more = self.world.good(entry.route.name, **arguments)
            if more.status != entry.route.status:
                yield f"a further call answered {more.status} {_said(more)}"
        for url in _SIGNED.findall(reply.content.decode(errors="replace")):
            followed = self.world.client.ask("GET", url)
            if followed.status != 200:
                yield f"the URL that it signed answered {followed.status}"

    def _refusals(self, entry: Entry) -> Iterator[str]:
        if not entry.dialect.security:
            return
        right = self.world.headers(entry)
        for called, headers in (("no credential", {}), ("a wrong credential", dict.fromkeys(right, _WRONG))):
            status = self.world.good(entry.route.name, headers=headers).status
            if status not in _REFUSALS:
                yield f"answered {status} to {called}"


def _missing(entry: Entry, trouble: str) -> Row:
    return Row(entry.route.name, entry.route.method, entry.route.path, None, None, None, trouble)


def _said(reply: Reply) -> str:
    return reply.content.decode(errors="replace")[:200]


def beside(world: World, api: Api) -> Iterator[Row]:
    """What no route declares: an unknown path, another method, a preflight, and a path outside of everything."""
    path, methods = next((path, methods) for path, methods in api.methods.items() if "{" not in path)
    other = next(method for method in ("DELETE", "PUT", "PATCH") if method not in methods)
    asked = (
        ("unknown path", "GET", f"{api.dialect.prefix[0]}/no/such/path", (404,)),
        ("other method", other, path, (404, 405)),
        ("preflight", "OPTIONS", path, (204,)),
        ("outside", "GET", "/nowhere", (404,)),
    )
    for called, method, target, expected in asked:
        reply = world.client.ask(method, target)
        again = world.client.ask(method, target)
        trouble = "" if reply.status in expected else f"answered {reply.status} {_said(reply)}"
        yield Row(called, method, target, reply.status, reply.milliseconds, again.milliseconds, trouble)
