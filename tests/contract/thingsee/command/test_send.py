"""POST /things/{tuid}/commands: what is accepted, and what is refused (thingsee.md 4.1). How it leaves: test_send_delivery."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import time_machine

from functions.thingsee.command.list import handler as list_commands
from functions.thingsee.command.send import handler as send
from tests.contract.thingsee.tenant import UNKNOWN, Tenant, refusal_message, writes
from tests.harness.recorder import Recorder

NOW = datetime(2026, 1, 5, 10, tzinfo=UTC)
GOOD: dict[str, Any] = {"tsmId": 1500, "tsmEv": 30, "transactionId": 42, "measurementInterval": 300, "reportInterval": 3600}


def send_commands(tenant: Tenant, tuid: str, *messages: Any) -> Any:
    return tenant.data(send, list(messages), tuid=tuid)


class TestAnswer:
    @time_machine.travel(NOW, tick=False)
    def test_says_who_and_shows_each_with_time_and_destination(self, tenant: Tenant, sensor: str) -> None:
        answer = send_commands(tenant, sensor, GOOD, {**GOOD, "tsmEv": 31, "tsmTs": "whenever", "tsmDstTuid": sensor})
        added = {"tsmTs": int(NOW.timestamp()), "tsmDstTuid": sensor}
        assert answer["responsible"] == tenant.things.client.id
        assert answer["commands"] == [{**GOOD, **added}, {**GOOD, "tsmEv": 31, **added}]

    def test_attributes_stay_as_sent(self, tenant: Tenant, sensor: str) -> None:
        values = {"a": {"b": [1, 1.5, None, True, "ä\n"]}, "_x": -0.25, "big": 2**70, "id": "x", "gateway": 7, "tsm_id": 8}
        odd = {"tsmId": 12200, "tsmEv": 0, **values}
        (command,) = send_commands(tenant, sensor, odd)["commands"]
        assert {name: command[name] for name in odd} == odd
        assert tenant.data(list_commands, tuid=sensor)[0]["command"] == command

    def test_null_is_absent(self, tenant: Tenant, sensor: str) -> None:
        nothing = dict.fromkeys(("tsmGw", "tsmTuid", "transactionId", "x"))
        (command,) = send_commands(tenant, sensor, {**GOOD, **nothing})["commands"]
        assert not nothing.keys() & command.keys()

    def test_a_thing_in_any_status_is_sent_to(self, tenant: Tenant, sensor: str) -> None:
        for status in ("new", "installed", "uninstalled", "quarantine", "retired"):
            tenant.things.install(sensor, status)
            assert send_commands(tenant, sensor, GOOD)["commands"], status

    def test_ids_that_are_allowed(self, tenant: Tenant, sensor: str) -> None:
        """A message with only a transaction id asks the device for its settings."""
        for id in (1500, 1501, 12200, 13200, 17110):
            (command,) = send_commands(tenant, sensor, {"tsmId": id, "tsmEv": 30, "transactionId": 1})["commands"]
            assert (command["tsmId"], command["transactionId"]) == (id, 1)  # T5

    def test_limits_are_taken(self, tenant: Tenant, sensor: str) -> None:
        many = {"tsmId": 1500, "tsmEv": 999, "transactionId": 2**31 - 1, **{f"x{number}": 1 for number in range(49)}, "_" * 64: "y"}
        bare = len(json.dumps({"tsmId": 1500, "tsmEv": 0, "x": ""}, separators=(",", ":")))
        large = {"tsmId": 1500, "tsmEv": 0, "x": "y" * (8192 - bare)}
        assert len(send_commands(tenant, sensor, *[many] * 18, large, large)["commands"]) == 20


BAD: list[Any] = [
    {**GOOD, "tsmId": 1100}, {**GOOD, "tsmId": 12211}, {**GOOD, "tsmId": "1500"}, {**GOOD, "tsmId": 1500.0}, {**GOOD, "tsmId": True},
    {"tsmEv": 30}, {"tsmId": 1500}, {**GOOD, "tsmEv": -1}, {**GOOD, "tsmEv": 1000}, {**GOOD, "tsmEv": None}, {**GOOD, "tsmEv": "30"},
    {**GOOD, "tsmDstTuid": "TSPD04A1B2C3D4E77"}, {**GOOD, "tsmDstTuid": ""}, {**GOOD, "tsmDstTuid": 7},
    {**GOOD, "tsmTuid": "TSPD04A1B2C3D4E05"}, {**GOOD, "tsmGw": 0},
    {**GOOD, "transactionId": -1}, {**GOOD, "transactionId": 2**31}, {**GOOD, "transactionId": "42"}, {**GOOD, "transactionId": 1.0},
    {**GOOD, "1x": 1}, {**GOOD, "a-b": 1}, {**GOOD, "": 1}, {**GOOD, "x" * 65: 1}, {**GOOD, "ä": 1},
    {**GOOD, **{f"x{number}": 1 for number in range(49)}}, {**GOOD, "x": "y" * 8192}, {**GOOD, "x": "ä" * 4096},
    7, None, "x", [], [GOOD],
]  # fmt: skip


class TestRefusals:
    def test_one_bad_message_is_400_and_nothing_is_stored(self, tenant: Tenant, sensor: str, aws_requests: Recorder) -> None:
        aws_requests.clear()
        for bad in BAD:
            refusal_message(tenant.ask(send, [GOOD, bad], tuid=sensor), 400, bad)
        assert writes(aws_requests) == []
        send_commands(tenant, sensor, GOOD)
        assert writes(aws_requests) == ["dynamodb:TransactWriteItems"]

    def test_a_body_that_is_no_array_of_one_to_twenty_is_400(self, tenant: Tenant, sensor: str) -> None:
        for body in ([], [GOOD] * 21, GOOD, {"commands": [GOOD]}, "x", 7):
            refusal_message(tenant.ask(send, body, tuid=sensor), 400, body)

    def test_numbers_that_json_lacks_are_400(self, tenant: Tenant, sensor: str) -> None:
        for number in (b"NaN", b"1e400", b"[-1e999]"):
            refusal_message(tenant.ask(send, b'[{"tsmId":1500,"tsmEv":30,"x":' + number + b"}]", tuid=sensor), 400, number)

    def test_the_body_is_judged_before_the_thing(self, tenant: Tenant) -> None:
        refusal_message(tenant.ask(send, [{**GOOD, "tsmDstTuid": "OTHER0001"}], tuid=UNKNOWN), 400)

    def test_an_unknown_thing_and_another_tenants_are_404(self, tenant: Tenant, other_sensor: str) -> None:
        for tuid in (UNKNOWN, "x" * 3000, other_sensor):
            refusal_message(tenant.ask(send, [GOOD], tuid=tuid), 404, tuid)
