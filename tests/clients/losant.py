"""The public clients of the WEGnology API, behind one way to call them: losant-rest for Python, and losant-rest for JavaScript."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import losant_rest

from muster.home import ROOT
from tests.clients.local import Application

ENVELOPE = frozenset(("type", "message"))
"""The members of an error's body."""
_NETWORK = "--allow-net=127.0.0.1,localhost"


@dataclass
class Refused(Exception):
    """An error as a client raises it. `members` are those of the answer's body."""

    status: int
    type: str
    message: str
    members: frozenset[str]


def is_invalid(refused: Refused, named: str) -> None:
    """The refusal of a request of which this member is wrong."""
    assert (refused.status, refused.type, refused.members) == (400, "Validation", ENVELOPE)
    assert named in refused.message


class Client(Protocol):
    """Calls an action of a resource (`devices`, `device`) by its name in the API, with a token at a URL. Raises Refused."""

    def call(self, url: str, token: str, resource: str, action: str, parameters: Mapping[str, Any]) -> Any: ...


class PythonClient:
    def call(self, url: str, token: str, resource: str, action: str, parameters: Mapping[str, Any]) -> Any:
        client = losant_rest.Client(auth_token=token, url=url)
        function = getattr(getattr(client, resource), re.sub(r"(?=[A-Z])", "_", action).lower())
        try:
            return function(**parameters)
        except losant_rest.LosantError as error:
            raise Refused(error.status, error.data["type"], error.data["message"], frozenset(error.data)) from None


@dataclass(frozen=True)
class JavaScriptClient:
    """A process that reads a call a line and writes an answer a line."""

    process: subprocess.Popen[str]

    def call(self, url: str, token: str, resource: str, action: str, parameters: Mapping[str, Any]) -> Any:
        call = {"url": url, "token": token, "resource": resource, "action": action, "parameters": parameters}
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(call) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the process has ended"
        said = json.loads(line)
        if "refused" in said:
            raise Refused(**{**said["refused"], "members": frozenset(said["refused"]["members"])})
        return said["answer"]


@contextmanager
def javascript() -> Iterator[JavaScriptClient]:
    """deno with the packages of deno.lock, which it downloads once."""
    deno = str(Path(sys.executable).with_name("deno"))
    command = [deno, "run", "--quiet", "--frozen", "--allow-env", "--allow-read", _NETWORK, str(ROOT / "tests/clients/wegnology.mjs")]
    environment = {**os.environ, "DENO_DIR": str(ROOT / ".muster/deno"), "NO_COLOR": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield JavaScriptClient(process)
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


@dataclass(frozen=True)
class Api:
    """An application as a client sees it with a token."""

    client: Client
    application: Application
    token: str

    def using(self, token: str) -> Api:
        return Api(self.client, self.application, token)

    def devices(self, action: str, **parameters: Any) -> Any:
        """One of the fourteen actions."""
        return self._call("devices", action, parameters)

    def device(self, action: str, id: str, **parameters: Any) -> Any:
        """An action of one device."""
        return self._call("device", action, {"deviceId": id, **parameters})

    def made(self, name: str, **members: Any) -> str:
        """Create a device; its id."""
        id: str = self.devices("post", device={"name": name, **members})["id"]
        return id

    def names(self, **parameters: Any) -> list[str]:
        """The names of a page of devices, in its order."""
        return [each["name"] for each in self.devices("get", **parameters)["items"]]

    def refusal(self, action: str, **parameters: Any) -> Refused:
        """The error of a call that must fail."""
        try:
            answer = self.devices(action, **parameters)
        except Refused as refused:
            return refused
        raise AssertionError(answer)

    def _call(self, resource: str, action: str, parameters: Mapping[str, Any]) -> Any:
        given = {"applicationId": self.application.id, **parameters}
        return self.client.call(self.application.base, self.token, resource, action, given)
