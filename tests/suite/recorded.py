"""What routes send to DynamoDB when they use all of their grants.

As a program it writes that as JSON to a file: what has had an AWS in memory in it does not get out to another one.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from edge.entry import Entry
from tests.harness.aws import aws_in_memory, forget
from tests.harness.recorder import Recorder, listen
from tests.suite.dialect import Arguments, profile
from tests.suite.outcomes import shown
from tests.suite.routes import every_route
from tests.suite.world import World, download_role, fresh

Request = tuple[str, dict[str, Any]]
"""An operation of DynamoDB, and the members of the request."""


class Requests(Recorder):
    """Records the requests to DynamoDB, as they are sent."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Request] = []

    def clear(self) -> None:
        super().clear()
        self.sent.clear()

    def sign(self, request: Any, signing_name: str, signature_version: str, operation_name: str, **_: Any) -> None:
        if signing_name == "dynamodb":
            self.sent.append((operation_name, json.loads(request.data)))


def use(entry: Entry, recorder: Recorder) -> None:
    """Make the calls with which a route uses all of its grants; what a recorder has from before is dropped."""
    world = fresh().ready(entry).unused(entry)
    forget()
    recorder.clear()
    own = profile(entry.route.dialect)
    for arguments in [{}, *own.further.get(entry.route.name, ())]:
        _call(world, entry, arguments)
    for meeting in own.meetings.get(entry.route.name, ()):
        with meeting.begin(world.of(entry)):
            for arguments in meeting.calls:
                _call(world, entry, arguments)


def _call(world: World, entry: Entry, arguments: Arguments) -> None:
    expected = arguments.get("status", entry.route.status)
    answer = world.call(entry, **{name: value for name, value in arguments.items() if name != "status"})
    assert answer.status == expected, f"{shown(answer)} to {arguments}"


def recorded() -> dict[str, list[Request]]:
    """The requests of every route, by its name."""
    listen()
    found: dict[str, list[Request]] = {}
    with pytest.MonkeyPatch.context() as patch, aws_in_memory(patch):
        for variable in ("DOWNLOAD_ROLE", "MEDIA_ROLE"):
            patch.setenv(variable, download_role(variable))
        for entry in every_route():
            requests = Requests()
            with requests:
                use(entry, requests)
            found[entry.route.name] = requests.sent
    return found


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(recorded()))
