"""A running local cloud, and the clients that call it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.local import Applications, running
from tests.clients.losant import Api, Client, PythonClient, javascript
from tests.harness.receiver import Receiver, receiving


@pytest.fixture(scope="session")
def applications(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applications]:
    """Applications in what `make up` starts."""
    with running(tmp_path_factory.mktemp("up")) as base:
        yield Applications(base)


@pytest.fixture(scope="session")
def deno() -> Iterator[Client]:
    with javascript() as client:
        yield client


@pytest.fixture(params=["python", "javascript"])
def api(applications: Applications, request: pytest.FixtureRequest) -> Api:
    """Each client, in an application without devices."""
    client = PythonClient() if request.param == "python" else request.getfixturevalue("deno")
    application = applications.next()
    return Api(client, application, application.token)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A web server that callbacks come to, at `localhost`: the only name of this machine that they may be sent to."""
    with receiving() as made:
        yield made
