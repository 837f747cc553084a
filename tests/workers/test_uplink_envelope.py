"""Which uplink messages are accepted."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.aws.reads import fetch
from fleet.registry.gateway import Gateway
from fleet.registry.gateways import Gateways
from functions.workers.uplink.receive import handler
from tests.harness.aws import forget
from tests.harness.canary import MARK
from tests.harness.fleet import Fleet, Hardware
from tests.workers.messages import BOOT, NOW, UplinkMessage, dead_letters, deliver, hello, sign, uplink_message

PRESENCE = {"connected": True, "reason": "started"}


def gateway(hardware: Hardware) -> Gateway:
    return fetch(EVERYWHERE, Gateways.by_sn(hardware.sn))


def refusals(*messages: UplinkMessage) -> list[str]:
    """Deliver messages that must be refused and not redelivered, to a new container; returns the reasons."""
    forget()
    assert deliver(handler, *messages) == []
    return [message["reason"] for message in dead_letters()]


def test_a_signed_message_is_taken(hardware: Hardware) -> None:
    assert deliver(handler, uplink_message(hardware, "presence", PRESENCE)) == []
    assert gateway(hardware).reports.known["presence"].document == {"connected": True}
    assert dead_letters() == []


def test_a_message_that_someone_else_signed_is_forged(fleet: Fleet, hardware: Hardware) -> None:
    other = fleet.hardware()
    message = uplink_message(hardware, "presence", PRESENCE)
    assert refusals(sign(other, message.body)) == ["forged"]
    assert gateway(hardware).reports.known == {}


def test_a_message_that_was_changed_is_forged(hardware: Hardware) -> None:
    message = uplink_message(hardware, "presence", PRESENCE)
    assert refusals(replace(message, body=message.body.replace("true", "true "))) == ["forged"]


def test_a_message_without_a_signature_is_forged(hardware: Hardware) -> None:
    for signature in ("", "AAAA", "no base64!", "é"):
        assert refusals(replace(uplink_message(hardware, "presence", PRESENCE), signature=signature)) == ["forged"], signature
    assert gateway(hardware).reports.known == {}


def test_the_signature_of_one_message_serves_no_other(hardware: Hardware) -> None:
    first, second = uplink_message(hardware, "presence", PRESENCE), uplink_message(hardware, "presence", {"connected": False})
    assert refusals(replace(second, signature=first.signature)) == ["forged"]


def test_a_gateway_cannot_speak_for_another(fleet: Fleet, hardware: Hardware) -> None:
    organization = fleet.organization()
    victim = fleet.hardware()
    fleet.gateway(organization, fleet.location(organization), victim)
    assert refusals(uplink_message(hardware, "presence", PRESENCE, sn=victim.sn)) == ["forged"]
    assert gateway(victim).reports.known == {}


def test_a_device_without_a_factory_record_is_unknown(hardware: Hardware) -> None:
    assert refusals(uplink_message(hardware, "presence", PRESENCE, sn="NOSUCHGATEWAY")) == ["unknown device"]


def test_a_hello_of_another_hardware_is_misaddressed(hardware: Hardware) -> None:
    assert refusals(uplink_message(hardware, "hello", hello(hardware, eui="ffffffffffffffff"))) == ["misaddressed"]
    assert gateway(hardware).reports.known == {}


BROKEN: list[Callable[[dict[str, Any]], Any]] = [
    lambda message: message | {"v": 2},
    lambda message: message | {"v": True},
    lambda message: message | {"seq": -1},
    lambda message: message | {"seq": 1.0},
    lambda message: message | {"seq": "1"},
    lambda message: message | {"seq": 2**53},
    lambda message: message | {"messageId": "1"},
    lambda message: message | {"bootId": None},
    lambda message: message | {"sentAt": "2026-01-05T10:10:00"},
    lambda message: message | {"sentAt": "2026-01-05T10:10:00+02:00"},
    lambda message: message | {"sentAt": "2026-02-30T10:10:00Z"},
    lambda message: message | {"sentAt": 1767607800},
    lambda message: message | {"sentAt": "1969-12-31T23:59:59Z"},
    lambda message: message | {"sentAt": "2026-01-05T10:10:0\u0660Z"},
    lambda message: message | {"sn": "../../etc"},
    lambda message: message | {"payload": []},
    lambda message: message | {"payload": {}},
    lambda message: message | {"payload": {"connected": "true"}},
    lambda message: message | {"payload": {"connected": None}},
    lambda message: {name: value for name, value in message.items() if name != "messageId"},
    lambda message: [message],
    lambda message: None,
]


def test_what_breaks_the_schema_changes_nothing(hardware: Hardware) -> None:
    message = json.loads(uplink_message(hardware, "presence", PRESENCE).body)
    for change in BROKEN:
        body = json.dumps(change(message))
        assert refusals(sign(hardware, body)) == ["malformed"], body
    assert gateway(hardware).reports.known == {}


def test_what_is_no_json_is_malformed(hardware: Hardware) -> None:
    for body in ("{", "NaN", '"\\ud800"', "[" * 5000, " "):
        assert refusals(sign(hardware, body)) == ["malformed"], body


def test_unknown_fields_are_ignored(hardware: Hardware) -> None:
    deliver(handler, uplink_message(hardware, "presence", PRESENCE | {"more": 1}, more={"yes": True}))
    assert gateway(hardware).reports.known["presence"].document == {"connected": True}


def test_a_type_that_is_not_known_is_told_apart(hardware: Hardware) -> None:
    assert refusals(uplink_message(hardware, "teleport", {})) == ["unknown type"]


def test_a_message_has_at_most_128_kib(hardware: Hardware) -> None:
    small = json.dumps(json.loads(uplink_message(hardware, "presence", PRESENCE).body) | {"pad": ""})
    fits = small.replace('"pad": ""', f'"pad": "{"x" * (128 * 1024 - len(small))}"')
    assert len(fits) == 128 * 1024
    assert refusals(sign(hardware, fits)) == []
    assert refusals(sign(hardware, fits + " ")) == ["too large"]


def test_nothing_of_a_refused_message_is_logged_but_its_sender(
    hardware: Hardware, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver(handler, uplink_message(hardware, "status", {"network": {"lan": {"wifi": {"key": MARK, "hidden": 1}}}}))
    logged = str([vars(record) for record in caplog.records])
    assert "malformed" in logged
    counted = capsys.readouterr().out
    assert "UplinkRejected" in counted
    assert MARK not in logged + counted


def test_a_gateway_that_nobody_owns_changes_nothing(fleet: Fleet) -> None:
    hardware = fleet.hardware()
    assert refusals(uplink_message(hardware, "presence", PRESENCE)) == []
    organization = fleet.organization()
    fleet.gateway(organization, fleet.location(organization), hardware)
    assert gateway(hardware).reports.known == {}


def test_one_bad_message_costs_no_other(hardware: Hardware) -> None:
    forged = replace(uplink_message(hardware, "presence", PRESENCE), signature="AAAA")
    assert deliver(handler, sign(hardware, "{"), uplink_message(hardware, "presence", PRESENCE), forged) == []
    assert sorted(message["reason"] for message in dead_letters()) == ["forged", "malformed"]
    assert gateway(hardware).reports.connected


def test_a_passing_fault_brings_only_its_own_message_again(hardware: Hardware) -> None:
    """Without the series table a status report cannot be stored; other messages of the batch can."""
    assert deliver(handler, uplink_message(hardware, "presence", PRESENCE, seq=0)) == []
    clients.dynamodb().delete_table(TableName=clients.setting("SERIES_TABLE"))
    status = uplink_message(hardware, "status", {"system": {"cpu": 7}}, seq=2)
    assert deliver(
        handler, uplink_message(hardware, "presence", PRESENCE), status, uplink_message(hardware, "hello", hello(hardware), seq=3)
    ) == [status.id]
    assert set(gateway(hardware).reports.known) == {"presence", "hello"}
    assert dead_letters() == []


def test_a_time_too_far_ahead_is_that_of_receipt(hardware: Hardware) -> None:
    """Otherwise a device with a wrong clock could not report after its clock is set and it restarts."""
    deliver(handler, uplink_message(hardware, "presence", {"connected": False}, sent=NOW + timedelta(days=400)))
    assert gateway(hardware).reports.known["presence"].mark.sent == int(NOW.timestamp() * 1000)
    later = NOW + timedelta(minutes=1)
    deliver(handler, uplink_message(hardware, "presence", PRESENCE, boot=str(uuid.uuid4()), sent=later, received=later))
    assert gateway(hardware).reports.connected


def test_a_clock_may_be_five_minutes_ahead(hardware: Hardware) -> None:
    deliver(handler, uplink_message(hardware, "presence", PRESENCE, sent=NOW + timedelta(minutes=5)))
    mark = gateway(hardware).reports.known["presence"].mark
    assert (mark.boot, mark.seq) == (BOOT, 1)
    assert mark.sent - mark.heard == 300_000
