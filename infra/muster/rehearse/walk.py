"""Calls every declared route through the gateway: without credentials, validly, and again; then undeclared paths and methods."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edge.entry import Entry
from edge.errors import NoSuchMethod
from muster.generate.model import Api
from muster.rehearse.client import Reply
from muster.rehearse.examples import further
from muster.rehearse.world import World, variables

_SECRET = 43
"""The length of a credential's random part: 32 bytes in base64."""
_REFUSALS = (401, 403)
_PAUSE, _PATIENCE, _ALL_PATIENCE = 0.5, 8.0, 60.0
_SIGNED = re.compile(r"http://[^\"\\ ]+X-Amz-Signature=[^\"\\ ]+")


@dataclass(frozen=True)
class Row:
    """The result of one route. `trouble` is empty on success."""

    name: str
    method: str
    path: str
    status: int | None
    cold: float | None
    warm: float | None
    trouble: str = ""


class Walk:
    """One walk over all routes of an API."""

    def __init__(self, world: World, entries: Sequence[Entry]) -> None:
        self.world, self._patience = world, _ALL_PATIENCE
        self._entries = sorted(entries, key=lambda entry: (entry.route.method != "GET", entry.route.path))
        self._last: dict[str, Reply] = {}

    def rows(self) -> Iterator[Row]:
        """Each route once. Failed calls are retried after the others; DELETE comes last."""
        lasting = [entry for entry in self._entries if entry.route.method != "DELETE"]
        for entries in (lasting, [entry for entry in self._entries if entry not in lasting]):
            self._round(self._round(entries, 0), _PATIENCE)
            yield from map(self._row, entries)

    def _round(self, entries: Sequence[Entry], patience: float) -> list[Entry]:
        """Call routes validly; returns those that did not answer as declared, or whose path needs an unknown id."""
        failed: list[Entry] = []
        waiting = list(entries)
        while ready := [entry for entry in waiting if not self._unknown_variables(entry)]:
            waiting = [entry for entry in waiting if entry not in ready]
            failed += [entry for entry in ready if not self._succeeds(entry, patience)]
        return [*failed, *waiting]

    def _unknown_variables(self, entry: Entry) -> str:
        return ", ".join(part for part in variables(entry) if not self.world.value(entry, part))

    def _succeeds(self, entry: Entry, patience: float) -> bool:
        """Make the valid call, repeatedly for a while, since the simulated gateway may be busy with an earlier one."""
        name = entry.route.name
        end = time.monotonic() + min(patience, self._patience)
        reply = self.world.done.get(name) or self.world.call(name)
        while reply.status != entry.route.status and time.monotonic() < end:
            time.sleep(_PAUSE)
            self._patience -= _PAUSE
            reply = self.world.call(name)
        self._last[name] = reply
        return reply.status == entry.route.status

    def _row(self, entry: Entry) -> Row:
        route, reply = entry.route, self._last.get(entry.route.name)
        if reply is None:
            return Row(route.name, route.method, route.path, None, None, None, f"no answer contained {self._unknown_variables(entry)}")
        self.world.unused()
        warm = self.world.call(route.name)
        troubles = [f"answered {reply.status} {reply.text}"] if reply.status != route.status else list(self._further(entry, warm))
        troubles += self._refusals(entry)
        cold = self.world.client.first[route.name]
        return Row(route.name, route.method, route.path, reply.status, cold, warm.milliseconds, "; ".join(troubles))

    def _further(self, entry: Entry, reply: Reply) -> Iterator[str]:
        """Calls that use the route's remaining grants, and follow links in its answer."""
        for arguments in further(entry):
            expected = arguments.get("status", entry.route.status)
            more = self.world.call(entry.route.name, **{name: value for name, value in arguments.items() if name != "status"})
            if more.status != expected:
                yield f"a further call answered {more.status} {more.text}"
        for url in _SIGNED.findall(f"{reply.content.decode(errors='replace')} {reply.headers.get('Location', '')}"):
            followed = self.world.client.ask("GET", url)
            if followed.status != 200:
                yield f"the URL that it signed answered {followed.status}"

    def _refusals(self, entry: Entry) -> Iterator[str]:
        if not entry.route.security:
            return
        wrong = {name: value[:-_SECRET] + "B" * _SECRET for name, value in self.world.headers(entry).items()}
        for called, headers in (("no credential", {}), ("a wrong credential", wrong)):
            status = self.world.call(entry.route.name, headers=headers).status
            if status not in _REFUSALS:
                yield f"answered {status} to {called}"


def undeclared_requests(world: World, api: Api) -> Iterator[Row]:
    """Undeclared requests: an unknown path, another method, a preflight, and a path outside every API."""
    resource = min((each.route.resource for each in api.routes), key=lambda path: (path.count("{"), path))
    path = re.sub(r"\{[^}]+\}", "x", resource)
    methods = [each.route.method for each in api.routes if each.route.resource == resource]
    other = next(method for method in ("DELETE", "PUT", "PATCH") if method not in methods)
    unknown = 405 if api.dialect.unknown_path is NoSuchMethod else 404
    asked = (
        ("unknown path", "GET", f"{api.listing.prefixes[0]}/no/such/path", (unknown,)),
        ("other method", other, path, (404, 405)),
        ("preflight", "OPTIONS", path, (204,) if api.dialect.options else (405,)),
        ("outside", "GET", "/nowhere", (404,)),
    )
    for called, method, target, expected in asked:
        reply = world.client.ask(method, target)
        again = world.client.ask(method, target)
        trouble = "" if reply.status in expected else f"answered {reply.status} {reply.text}"
        yield Row(called, method, target, reply.status, reply.milliseconds, again.milliseconds, trouble)
