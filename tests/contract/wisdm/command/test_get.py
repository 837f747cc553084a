"""GET /v4/gateway/{sn}/async-cmd/{commandId} (wisdm.md 6.3)."""

from __future__ import annotations

from typing import Any, Literal

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.commands.commands import Commands
from fleet.registry.gateway import Card
from functions.wisdm.command import get, send
from tests.contract.wisdm import prepared_world
from tests.contract.wisdm.answers import invalid_fields, refusal_message
from tests.contract.wisdm.stored import restored_after_each
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import Response, call, event, serve
from tests.harness.template import resources

NOW = int(prepared_world.NOW.timestamp())
DAY = 24 * 3600
Finished = Literal["SUCCESS", "FAILED"]


@pytest.fixture
def card(gateways: TenantWithGateways) -> Card:
    """A gateway that is online at NOW and has a command with id NOW and a timeout of 60 seconds."""
    with time_machine.travel(NOW, tick=False):
        call(send.handler, {"sn": gateways.online.sn}, key=gateways.key, body={"command": "uptime"})
    return gateways.online


def read(tenant: Tenant, sn: str, id: Any = NOW, at: float = NOW, key: str | None = None) -> Response:
    with time_machine.travel(at, tick=False):
        return call(get.handler, {"sn": sn, "commandId": str(id)}, key=key or tenant.key)


def finish(card: Card, status: Finished, result: str) -> bool:
    """Store the outcome that the route shows with this status."""
    command = fetch(EVERYWHERE, Commands.by_number(card.sn, NOW))
    return Commands.finish(EVERYWHERE, command, "done" if status == "SUCCESS" else "failed", result)


def test_a_waiting_command_is_pending(gateways: TenantWithGateways, card: Card) -> None:
    answer = read(gateways, card.sn).json
    assert answer == {"sn": card.sn, "commandId": str(NOW), "status": "PENDING", "result": answer["result"]}
    assert answer["result"]


def test_a_successful_command_shows_its_output(gateways: TenantWithGateways, card: Card) -> None:
    for result in restored_after_each(("tcp LISTEN 812/dropbear\n", "")):
        finish(card, "SUCCESS", result)
        assert read(gateways, card.sn).json == {"sn": card.sn, "commandId": str(NOW), "status": "SUCCESS", "result": result}


def test_a_failed_command_shows_its_message(gateways: TenantWithGateways, card: Card) -> None:
    finish(card, "FAILED", "The command ended with code 2")
    assert (read(gateways, card.sn).json["status"], read(gateways, card.sn).json["result"]) == ("FAILED", "The command ended with code 2")


def test_the_first_outcome_stays(gateways: TenantWithGateways, card: Card) -> None:
    finish(card, "SUCCESS", "first")
    assert not finish(card, "FAILED", "second")
    assert read(gateways, card.sn).json["result"] == "first"


def test_takes_both_forms_of_the_id(gateways: TenantWithGateways, card: Card) -> None:
    for id in (NOW, f"cmd-{NOW}"):
        answer = read(gateways, card.sn, id)
        assert (answer.status, answer.json["commandId"]) == (200, str(NOW)), id


MALFORMED = ("0123", "-5", "+5", "1.0", "cmd-", "cmd-x", "CMD-5", "cmd--5", "cmd-0123", "1" * 17, "٥", "5 ", "5\n", "abc", "0x10")


def test_a_malformed_id_is_bad(gateways: TenantWithGateways) -> None:
    for id in MALFORMED:
        assert invalid_fields(read(gateways, "GW123456", id)) == ["commandId"], ascii(id)


def without_id(tenant: TenantWithGateways, key: str | None) -> Response:
    """The request without an id, and without the slash that it may end with: API Gateway has the path of sending for both."""
    headers = {"X-API-KEY": key} if key else {}
    return serve(get.handler, event("GET", send.handler.route.resource, path={"sn": tenant.online.sn}, headers=headers))


def test_without_an_id_it_names_the_field_after_the_key_is_judged(gateways: TenantWithGateways) -> None:
    for key in (gateways.key, gateways.reader):
        assert invalid_fields(without_id(gateways, key)) == ["commandId"]
    for bad in (None, "wdk_nothing"):
        assert refusal_message(without_id(gateways, bad), 403) == "Forbidden"


def test_the_path_without_an_id_is_deployed_to_the_route(gateways: TenantWithGateways) -> None:
    paths = resources("generated/api")["Api"]["Properties"]["DefinitionBody"]["paths"]
    served = {method: str(each["x-amazon-apigateway-integration"]["uri"]) for method, each in paths[send.handler.route.resource].items()}
    assert "wisdm-get-async-command/" in served["get"]
    assert "wisdm-send-async-command/" in served["post"]


def test_a_malformed_gateway_and_id_are_both_told(gateways: TenantWithGateways) -> None:
    assert invalid_fields(read(gateways, "x", "y")) == ["sn", "commandId"]


def test_fails_a_minute_beyond_its_timeout(gateways: TenantWithGateways, card: Card) -> None:
    for seconds, status in ((119, "PENDING"), (121, "FAILED")):
        assert read(gateways, card.sn, at=NOW + seconds).json["status"] == status, seconds


def test_pending_while_the_gateway_is_offline_is_500(gateways: TenantWithGateways, card: Card) -> None:
    with time_machine.travel(NOW, tick=False):
        gateways.fleet.report(card, "presence", {"connected": False}, seq=2)
    refusal_message(read(gateways, card.sn), 500)


def test_an_outcome_is_read_while_the_gateway_is_offline(gateways: TenantWithGateways, card: Card) -> None:
    states: tuple[Finished, ...] = ("SUCCESS", "FAILED")
    for state in restored_after_each(states):
        finish(card, state, "")
        with time_machine.travel(NOW, tick=False):
            gateways.fleet.report(card, "presence", {"connected": False}, seq=2)
        assert read(gateways, card.sn).json["status"] == state


def test_failed_by_its_deadline_is_read_while_the_gateway_is_offline(gateways: TenantWithGateways, card: Card) -> None:
    assert read(gateways, card.sn, at=NOW + 3600).json["status"] == "FAILED"


def test_is_forgotten_after_a_day(gateways: TenantWithGateways, card: Card) -> None:
    finish(card, "SUCCESS", "out")
    for seconds, status in ((DAY - 1, 200), (DAY + 1, 404)):
        assert read(gateways, card.sn, at=NOW + seconds).status == status, seconds


def test_a_forgotten_command_is_as_unknown_as_any(gateways: TenantWithGateways, card: Card) -> None:
    forgotten, never = read(gateways, card.sn, at=NOW + DAY + 1), read(gateways, card.sn, NOW + 7)
    assert refusal_message(forgotten, 404) == "Command not found"
    assert forgotten.content == never.content


def test_a_command_of_another_gateway_is_not_found(gateways: TenantWithGateways, card: Card) -> None:
    assert refusal_message(read(gateways, gateways.offline.sn), 404) == "Command not found"


def test_an_unknown_gateway_is_not_found(gateways: TenantWithGateways) -> None:
    assert refusal_message(read(gateways, "GW999999"), 404) == "Gateway not found"


def test_another_organizations_gateway_is_as_unknown_as_any(other_tenant: Tenant, card: Card) -> None:
    assert read(other_tenant, card.sn).content == read(other_tenant, "GW999999").content


def test_a_read_only_key_may_read(gateways: TenantWithGateways, card: Card) -> None:
    assert read(gateways, card.sn, key=gateways.reader).status == 200


def test_the_keys_locations_before_the_command(gateways: TenantWithGateways, card: Card) -> None:
    for id in (NOW, NOW + 7):
        refusal_message(read(gateways, card.sn, id, key=gateways.key_of_elsewhere), 403)
