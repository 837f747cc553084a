"""`muster up` for tests of clients, and applications of the WEGnology API in it."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fleet.aws import clients
from muster.operator import access_token, environment, organization
from muster.operator.access_token import TokenRequest
from muster.up import LOCAL
from tests.cloud.conftest import free_port
from tests.cloud.test_up import until, without_aws
from tests.harness.aws import forget
from tests.harness.canary import watch_secrets_in

START = 90
"""Seconds within which everything has started."""


BATCH = 24
"""How many applications are made at once."""


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """All of `make up`; yields its base URL. Its output and its logs are in the folder."""
    out = folder / "out"
    command = [str(Path(sys.executable).with_name("muster")), "up", "--port", str(free_port()), "--data", str(folder / "data")]
    with out.open("wb") as written:
        process = subprocess.Popen(command, env=without_aws(), stdout=written, stderr=written)
    try:
        until(lambda: "What happens" in out.read_text() or process.poll() is not None, START)
        assert process.poll() is None, out.read_text()
        yield str(json.loads(LOCAL.read_text())["baseUrl"])
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


@contextmanager
def operating() -> Iterator[None]:
    """The environment of an operator of the running local cloud; afterwards that of other tests again."""
    before = dict(os.environ)
    try:
        environment.resolve(None)
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        clients.forget()
        forget()


@dataclass(frozen=True)
class Application:
    """An application without devices, and a token that may do everything in it, of an owner with this address."""

    base: str
    id: str
    token: str
    owner: str

    @classmethod
    def new(cls, base: str) -> Application:
        """Call it while `operating`."""
        slug = f"quay-{secrets.token_hex(4)}"
        made, owner = organization.create(slug.title(), slug), f"owner@{slug}.example"
        return cls(base, made.id, _token(TokenRequest(made.id, "all", ("all.Application",), owner_email=owner)), owner)

    def token_of(self, *scopes: str) -> str:
        """A further token with these scopes."""
        with operating():
            return _token(TokenRequest(self.id, "some", scopes))

    def token_of_device(self, device: str, *others: str) -> str:
        """The token of a device, which sees these other devices too."""
        with operating():
            return _token(TokenRequest(self.id, "device", ("all.Device",), device=device, allow=others))


def _token(request: TokenRequest) -> str:
    return access_token.create(request).token


@dataclass
class Applications:
    """Makes applications, many at once: an operator's clients take longer to make than what they do."""

    base: str
    made: list[Application] = field(default_factory=list)

    def next(self) -> Application:
        if not self.made:
            with operating():
                self.made = [Application.new(self.base) for _ in range(BATCH)]
        one = self.made.pop()
        watch_secrets_in(one.token)
        return one
