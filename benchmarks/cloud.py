"""A local cloud for one measurement, with a test world inside a fleet of a given size."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fleet.aws import clients
from muster.local.deploy import deploy
from muster.local.ministack import MiniStack
from tests.harness.aws import forget
from tests.harness.fleet import Fleet
from tests.harness.recorder import listen
from tests.suite.routes import every_route
from tests.suite.world import World

AROUND = 20
"""Further locations beside the one that routes are called with."""
HERE = 100
"""Gateways of the location that routes are called with: a full page."""


@contextmanager
def cloud() -> Iterator[None]:
    """A MiniStack with the data and queue templates deployed, and the environment of functions in this process."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="muster-bench-") as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        stack = MiniStack(port=port, region="eu-west-1", log=Path(folder) / "ministack.log")
        stack.start()
        try:
            os.environ.update(stack.credentials() | {"POWERTOOLS_METRICS_NAMESPACE": "Muster"})
            os.environ.update(deploy("muster").environment())
            clients.forget()
            listen()
            forget()
            yield
        finally:
            stack.stop()
            os.environ.clear()
            os.environ.update(before)
            clients.forget()
            forget()


def world(size: int) -> World:
    """A world whose organization has `size` gateways, a full page of them in the world's own location."""
    made = World.make(Fleet()).ready(*every_route())
    made.surround(size, HERE, AROUND)
    return made
