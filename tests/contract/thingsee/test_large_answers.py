"""Lists end at the newest entries that fit into one answer of 6 MB (thingsee.md 1.6)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from edge.sizes import MOST_PAYLOAD, payload_size
from fleet.access import EVERYWHERE
from fleet.commands.command import Command
from fleet.commands.commands import Commands, Earlier
from functions.thingsee.command.list import handler as list_commands
from functions.thingsee.thing.list_messages import handler as list_messages
from tests.contract.thingsee.tenant import Tenant
from tests.contract.thingsee.test_limits import NOW, store
from tests.harness.call import Context, answered, event_of
from tests.harness.recorder import Recorder
from tests.workers.thing_messages import AT, message, relay


def shown(tenant: Tenant, entry: Any, tuid: str, query: dict[str, str], *, gzip: bool = False) -> list[dict[str, Any]]:
    """The entries of a list whose answer Lambda carries."""
    headers = {**tenant.headers, **({"Accept-Encoding": "gzip"} if gzip else {})}
    response = entry(event_of(entry, {"tuid": tuid}, query=query, headers=headers), Context())
    assert payload_size(response) <= MOST_PAYLOAD
    answer = answered(response)
    assert answer.status == 200
    found: list[dict[str, Any]] = answer.json["data"]
    return found


@pytest.mark.slow
def test_sixty_messages_of_120_kb(tenant: Tenant, sensor: str, gateway: str, aws_requests: Recorder) -> None:
    for n in range(60):
        relay(tenant.things, gateway, message(sensor, ts=AT - n, n=n, pad="x" * 120_000), received=datetime.now(UTC))
    for gzip in (False, True):
        aws_requests.clear()
        found = shown(tenant, list_messages, sensor, {"limit": "1000"}, gzip=gzip)
        assert [each["n"] for each in found] == list(range(51))
        assert len(aws_requests.requests) <= 9, "1 for the token and the thing, 1 for each MB"
    rest = shown(tenant, list_messages, sensor, {"limit": "1000", "to": str(found[-1]["tsmTs"] - 1)})
    assert [each["n"] for each in rest] == list(range(51, 60))


@pytest.mark.slow
@pytest.mark.parametrize("query", [{}, {"limit": "0"}, {"limit": "1000"}], ids=["no limit", "0", "1000"])
def test_a_thousand_commands_of_7_kb(tenant: Tenant, sensor: str, query: dict[str, str], aws_requests: Recorder) -> None:
    thing = tenant.things.thing(sensor)
    fields: Any = {"device": thing.id, "address": thing.tuid, "organization": thing.organization, "kind": "message", "accepted": NOW}
    payloads: list[dict[str, Any]] = [{"messages": [{"tsmId": 1500, "tsmEv": 30, "n": n, "pad": "é" * 3500}]} for n in range(1, 1001)]
    sent = [Command(**fields, id=str(1000 * n), number=n, payload=payload) for n, payload in enumerate(payloads, 1)]
    store([Commands.accept_writes(EVERYWHERE, command, Earlier())[0] for command in sent])
    aws_requests.clear()
    numbers = [each["command"]["n"] for each in shown(tenant, list_commands, sensor, query)]
    assert numbers == list(range(1001 - len(numbers), 1001)), "the newest, oldest first"
    assert 860 <= len(numbers) <= 890
    assert len(aws_requests.requests) <= 9
