"""GET /v4/gateway/{sn}/async-cmd/{commandId} (contract, 6.3)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.commands.command import State
from fleet.commands.commands import Commands
from fleet.registry.gateway import Card
from functions.wisdm.command import get, send
from tests.contract.wisdm.tenant import Tenant, failing, refused
from tests.harness.call import Answered, call

NOW = int(datetime(2026, 1, 5, 10, 0, tzinfo=UTC).timestamp())
DAY = 24 * 3600


@pytest.fixture
def card(tenant: Tenant) -> Card:
    """A gateway that is online at NOW and has command NOW, with a time-out of 60 seconds."""
    with time_machine.travel(NOW, tick=False):
        made = tenant.gateway(tenant.location())
        tenant.fleet.online(made)
        call(send.handler, {"sn": made.sn}, key=tenant.key, body={"command": "uptime"})
    return made


def read(tenant: Tenant, sn: str, id: Any = NOW, at: float = NOW, key: str | None = None) -> Answered:
    with time_machine.travel(at, tick=False):
        return call(get.handler, {"sn": sn, "commandId": str(id)}, key=key or tenant.key)


def finished(card: Card, state: State, result: str) -> bool:
    return Commands.finish(EVERYWHERE, card.organization, card.sn, NOW, state, result)


def test_a_waiting_command_is_pending(tenant: Tenant, card: Card) -> None:
    answer = read(tenant, card.sn).json
    assert answer == {"sn": card.sn, "commandId": str(NOW), "status": "PENDING", "result": answer["result"]}
    assert answer["result"]


@pytest.mark.parametrize("result", ["tcp LISTEN 812/dropbear\n", ""], ids=["output", "empty"])
def test_a_successful_command_shows_its_output(tenant: Tenant, card: Card, result: str) -> None:
    finished(card, "SUCCESS", result)
    assert read(tenant, card.sn).json == {"sn": card.sn, "commandId": str(NOW), "status": "SUCCESS", "result": result}


def test_a_failed_command_shows_its_message(tenant: Tenant, card: Card) -> None:
    finished(card, "FAILED", "The command ended with code 2")
    assert (read(tenant, card.sn).json["status"], read(tenant, card.sn).json["result"]) == ("FAILED", "The command ended with code 2")


def test_the_first_outcome_stays(tenant: Tenant, card: Card) -> None:
    finished(card, "SUCCESS", "first")
    assert not finished(card, "FAILED", "second")
    assert read(tenant, card.sn).json["result"] == "first"


@pytest.mark.parametrize("id", [NOW, f"cmd-{NOW}"], ids=["digits", "prefixed"])
def test_takes_both_forms_of_the_id(tenant: Tenant, card: Card, id: Any) -> None:
    answer = read(tenant, card.sn, id)
    assert (answer.status, answer.json["commandId"]) == (200, str(NOW))


@pytest.mark.parametrize(
    "id", ["0123", "-5", "+5", "1.0", "cmd-", "cmd-x", "CMD-5", "cmd--5", "cmd-0123", "1" * 17, "٥", "5 ", "5\n", "abc", "0x10"], ids=ascii
)
def test_a_malformed_id_is_bad(tenant: Tenant, id: str) -> None:
    assert failing(read(tenant, "GW123456", id)) == ["commandId"]


def test_a_malformed_gateway_and_id_are_both_told(tenant: Tenant) -> None:
    assert failing(read(tenant, "x", "y")) == ["sn", "commandId"]


@pytest.mark.parametrize(("seconds", "status"), [(119, "PENDING"), (121, "FAILED")], ids=["119s", "121s"])
def test_fails_a_minute_beyond_its_timeout(tenant: Tenant, card: Card, seconds: int, status: str) -> None:
    assert read(tenant, card.sn, at=NOW + seconds).json["status"] == status


def test_pending_while_the_gateway_is_offline_is_500(tenant: Tenant, card: Card) -> None:
    with time_machine.travel(NOW, tick=False):
        tenant.fleet.reports(card, "presence", {"connected": False}, seq=2)
    refused(read(tenant, card.sn), 500)


@pytest.mark.parametrize("state", ["SUCCESS", "FAILED"])
def test_an_outcome_is_read_while_the_gateway_is_offline(tenant: Tenant, card: Card, state: State) -> None:
    finished(card, state, "")
    with time_machine.travel(NOW, tick=False):
        tenant.fleet.reports(card, "presence", {"connected": False}, seq=2)
    assert read(tenant, card.sn).json["status"] == state


def test_failed_by_its_deadline_is_read_while_the_gateway_is_offline(tenant: Tenant, card: Card) -> None:
    assert read(tenant, card.sn, at=NOW + 3600).json["status"] == "FAILED"


@pytest.mark.parametrize(("seconds", "status"), [(DAY - 1, 200), (DAY + 1, 404)], ids=["before", "after"])
def test_is_forgotten_after_a_day(tenant: Tenant, card: Card, seconds: int, status: int) -> None:
    finished(card, "SUCCESS", "out")
    assert read(tenant, card.sn, at=NOW + seconds).status == status


def test_a_forgotten_command_is_as_unknown_as_any(tenant: Tenant, card: Card) -> None:
    forgotten, never = read(tenant, card.sn, at=NOW + DAY + 1), read(tenant, card.sn, NOW + 7)
    assert refused(forgotten, 404) == "Command not found"
    assert forgotten.content == never.content


def test_a_command_of_another_gateway_is_not_found(tenant: Tenant, card: Card) -> None:
    other = tenant.gateway()
    assert refused(read(tenant, other.sn), 404) == "Command not found"


def test_an_unknown_gateway_is_not_found(tenant: Tenant) -> None:
    assert refused(read(tenant, "GW999999"), 404) == "Gateway not found"


def test_another_organizations_gateway_is_as_unknown_as_any(tenant: Tenant, card: Card) -> None:
    other = Tenant.of(tenant.fleet)
    assert read(other, card.sn).content == read(other, "GW999999").content


def test_a_read_only_key_may_read(tenant: Tenant, card: Card) -> None:
    assert read(tenant, card.sn, key=tenant.fleet.key(tenant.organization, access="READ_ONLY")).status == 200


@pytest.mark.parametrize("id", [NOW, NOW + 7], ids=["known", "unknown"])
def test_the_keys_locations_before_the_command(tenant: Tenant, card: Card, id: int) -> None:
    refused(read(tenant, card.sn, id, key=tenant.limited(tenant.location())), 403)
