"""POST /v4/gateway/{sn}/password (wisdm.md 7.3)."""

from __future__ import annotations

import string

import pytest

from fleet.aws import device_crypto
from fleet.outbox.messages import PREFIX
from functions.wisdm.action.reset_password import handler
from functions.workers.downlink.dispatch import handler as dispatch
from tests.contract.wisdm.action.orders import another_gateway, give, latest
from tests.contract.wisdm.answers import invalid_fields, is_accepted, refusal_message
from tests.contract.wisdm.prepared_world import NOW
from tests.contract.wisdm.stored import items_written, outbox_of, restored_after_each, unchanged
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.aws import partition
from tests.harness.canary import MARK
from tests.harness.fleet import Hardware
from tests.harness.interference import before_next_transaction
from tests.workers.messages import deliver_rows

GOOD = f"{MARK}-7"


@pytest.fixture
def hardware(gateways: TenantWithGateways) -> Hardware:
    """The hardware of the gateway that is online."""
    return gateways.hardware[gateways.online.sn]


def decrypted_password(hardware: Hardware, ciphertext: str) -> str:
    return device_crypto.decrypt(hardware.sealing, f"{hardware.sn}:action.password", ciphertext).decode()


def test_the_gateway_alone_can_read_it(gateways: TenantWithGateways, hardware: Hardware) -> None:
    assert is_accepted(give(handler, gateways, gateways.online, {"password": GOOD}))
    (message,) = outbox_of(hardware.sn)
    assert message["type"] == "action.password"
    assert message["payload"]["actionId"] == latest(gateways.online, "password").id
    assert decrypted_password(hardware, message["payload"]["ciphertext"]) == GOOD
    with pytest.raises(ValueError, match="not a box"):
        decrypted_password(gateways.spare, message["payload"]["ciphertext"])


def test_it_is_on_its_way_for_five_minutes(gateways: TenantWithGateways) -> None:
    give(handler, gateways, gateways.online, {"password": GOOD})
    (row,) = partition("FleetTable", f"{PREFIX}{gateways.online.sn}")
    (message,) = outbox_of(gateways.online.sn)
    assert message["deadline"] == int(row["ttl"]["N"]) == int(NOW.timestamp()) + 300


def test_it_is_nowhere_in_clear(gateways: TenantWithGateways, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    card = another_gateway(gateways)  # which has a queue
    with items_written() as rows:
        give(handler, gateways, card, {"password": GOOD})
    deliver_rows(dispatch, partition("FleetTable", f"{PREFIX}{card.sn}"))
    refusals = [give(handler, gateways, card, {"password": f"{GOOD}\t"}), give(handler, gateways, gateways.offline, {"password": GOOD})]
    printed = capfd.readouterr()
    for text in (repr(rows), printed.out, printed.err, caplog.text, *(str(answer.content) for answer in refusals)):
        assert GOOD not in text


STRONG = ("aaaaaaaaaa1!", "A1! 56789012", "x" * 126 + "1!", *(f"abcdefghij1{sign}" for sign in string.punctuation))


def test_a_strong_one_is_taken(gateways: TenantWithGateways, hardware: Hardware) -> None:
    for password in restored_after_each(STRONG):
        assert is_accepted(give(handler, gateways, gateways.online, {"password": password})), password
        (message,) = outbox_of(hardware.sn)
        assert decrypted_password(hardware, message["payload"]["ciphertext"]) == password


WEAK: tuple[object, ...] = (
    "",
    "aaaaaaaaa1!",
    "x" * 127 + "1!",
    "abcdefghijkl!",
    "123456789012!",
    "abcdefghijk1",
    "abcdefghij 12",
    " abcdefghij1!",
    "abcdefghij1! ",
    "abcdefghij1!ä",
    "abcdefghij1!\n",
    "abcdefghij1!\x7f",
    "abcdefghij1!\x00",
    "ａbcdefghij1!",
    123456789012,
    True,
    None,
    ["a"],
    {},
)


def test_a_weak_one_or_none_is_refused(gateways: TenantWithGateways) -> None:
    with unchanged():
        for body in (*({"password": password} for password in WEAK), {}):
            assert invalid_fields(give(handler, gateways, gateways.online, body)) == ["password"], body


def test_a_gateway_that_is_not_online_gets_nothing(gateways: TenantWithGateways) -> None:
    with unchanged():
        for card in gateways.not_online:
            assert refusal_message(give(handler, gateways, card, {"password": GOOD}), 500) == "The gateway is not online"


def test_of_two_at_once_both_are_sent_and_the_later_is_kept(gateways: TenantWithGateways, hardware: Hardware) -> None:
    card = gateways.online
    before_next_transaction(lambda: give(handler, gateways, card, {"password": f"{GOOD}first"}))
    assert is_accepted(give(handler, gateways, card, {"password": GOOD}))
    sent = {
        message["payload"]["actionId"]: decrypted_password(hardware, message["payload"]["ciphertext"]) for message in outbox_of(hardware.sn)
    }
    assert set(sent.values()) == {GOOD, f"{GOOD}first"}
    assert sent[latest(card, "password").id] == GOOD


def test_another_tenants_gateway_is_not_found(gateways: TenantWithGateways, other_tenant: Tenant) -> None:
    assert refusal_message(give(handler, other_tenant, gateways.online, {"password": GOOD}), 404) == "Gateway not found"
