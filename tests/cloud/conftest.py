"""A local cloud for tests of crashes, concurrency, and behaviour that an AWS in memory lacks."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest

from fleet.aws import clients
from muster.local.deploy import Deployment, deploy
from muster.local.ministack import MiniStack
from tests.harness.aws import forget


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cloud:
    """A MiniStack that can be stopped or killed, and its deployed stacks."""

    def __init__(self, folder: Path, lasting: bool = True, save_every: float = 5) -> None:
        """`lasting`: its state survives a stop, which then takes longer the more there is, and is saved every so many seconds."""
        self._folder, self._lasting, self._more = folder, lasting, {"CHECKPOINT": str(save_every)}
        self.positions = folder / "positions"
        self.mini = self._mini()

    def _mini(self) -> MiniStack:
        data = self._folder / "data" if self._lasting else None
        log = self._folder / "ministack.log"
        return MiniStack(port=free_port(), region="eu-west-1", log=log, data=data, positions=self.positions, more=self._more)

    def up_elsewhere(self) -> Deployment:
        """Start it again, on another port."""
        self.mini = self._mini()
        return self.up()

    def up(self) -> Deployment:
        self.mini.start()
        os.environ.update(self.mini.credentials())
        self.deployed = deploy()
        os.environ.update(self.deployed.environment())
        clients.forget()
        forget()
        return self.deployed

    def kill(self) -> None:
        child = self.mini.child
        assert child is not None
        assert child.process is not None
        child.process.kill()
        child.stop()

    def client(self, service: Any) -> Any:
        return boto3.client(service)


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with running(Cloud(tmp_path_factory.mktemp("cloud"))) as made:
        yield made


@contextmanager
def running(made: Cloud) -> Iterator[Cloud]:
    """A running cloud, with the environment of a function in it."""
    before = dict(os.environ)
    try:
        made.up()
        yield made
    finally:
        made.mini.stop()
        os.environ.clear()
        os.environ.update(before)
        clients.forget()
