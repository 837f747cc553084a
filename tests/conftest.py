"""Fixtures: an AWS in memory, a fleet in it, and a record of AWS requests. The canary checks every test for leaked secrets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.aws import aws_in_memory
from tests.harness.canary import Canary
from tests.harness.fleet import Fleet
from tests.harness.recorder import Recorder, listen
from tests.harness.thingsee_world import ThingseeWorld

pytest_plugins = ["tests.harness.accounting", "tests.harness.order"]


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Canary())


@pytest.fixture(scope="session", autouse=True)
def _recorders() -> None:
    listen()


@pytest.fixture(autouse=True)
def _recorders_again() -> None:
    """For the next test, where one has dropped the session of all clients."""
    listen()


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """An empty AWS in memory; yields the environment of a function in it."""
    with aws_in_memory(monkeypatch) as environment:
        yield environment


@pytest.fixture
def fleet(cloud: dict[str, str]) -> Fleet:
    """Creates organizations, keys, locations and gateways."""
    return Fleet()


@pytest.fixture
def thingsee_world(fleet: Fleet) -> ThingseeWorld:
    """An organization with a Thingsee client, to which tests add things."""
    return ThingseeWorld.of(fleet)


@pytest.fixture
def aws_requests(cloud: dict[str, str]) -> Iterator[Recorder]:
    """Records the requests to AWS; clear it after preparing data."""
    with Recorder() as recorder:
        yield recorder
