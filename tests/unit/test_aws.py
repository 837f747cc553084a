"""Clients of AWS: the user agent of requests."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.aws import clients
from fleet.build import commit


@pytest.mark.usefixtures("cloud")
def test_requests_name_muster_and_the_library_alone() -> None:
    """Nothing is composed for each request, and nothing about the machine is sent."""
    client, sent = clients.sqs(), []

    def listen(request: Any, **_: Any) -> None:
        sent.append(request.headers["User-Agent"].decode())

    client.meta.events.register_first("before-send.sqs", listen)
    try:
        client.list_queues()
    finally:
        client.meta.events.unregister("before-send.sqs", listen)
    assert [agent.split("/")[:2] for agent in sent] == [["muster", f"{commit()} Botocore"]]
