"""POST /v4/gateway/{sn}/password (contract, 7.3)."""

from __future__ import annotations

import json
import string

import pytest

from fleet.aws import device_crypto
from functions.wisdm.action.reset_password import handler
from functions.workers.downlink.dispatch import handler as dispatch
from tests.contract.wisdm.action.order import NOW, give, kept, offline, online, provisioning
from tests.contract.wisdm.tenant import Tenant, failing, meanwhile, refused, rows, sent_to
from tests.harness.canary import MARK
from tests.harness.fleet import Box
from tests.workers.device import dispatched, outbox

GOOD = f"{MARK}-7"


@pytest.fixture
def box(tenant: Tenant) -> Box:
    return online(tenant)


def opened(box: Box, ciphertext: str) -> str:
    return device_crypto.unbox(box.sealing, f"{box.sn}:action.password", ciphertext).decode()


def test_the_gateway_alone_can_read_it(tenant: Tenant, box: Box) -> None:
    answer = give(handler, tenant, box, {"password": GOOD})
    assert (answer.status, answer.content) == (204, b"")
    (message,) = sent_to(box.sn)
    action = kept(box, "password")
    assert action
    assert message["type"] == "action.password"
    assert message["payload"]["actionId"] == action.id
    assert opened(box, message["payload"]["ciphertext"]) == GOOD
    with pytest.raises(ValueError, match="not a box"):
        opened(tenant.fleet.box(), message["payload"]["ciphertext"])


def test_it_is_on_its_way_for_five_minutes(tenant: Tenant, box: Box) -> None:
    give(handler, tenant, box, {"password": GOOD})
    (row,) = outbox(box)
    assert json.loads(row["body"]["S"])["deadline"] == int(row["ttl"]["N"]) == int(NOW.timestamp()) + 300


def test_it_is_nowhere_in_clear(tenant: Tenant, box: Box, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    give(handler, tenant, box, {"password": GOOD})
    dispatched(dispatch, outbox(box))
    refusals = [give(handler, tenant, box, {"password": f"{GOOD}\t"}), give(handler, tenant, offline(tenant), {"password": GOOD})]
    printed = capfd.readouterr()
    for text in (json.dumps(rows(), default=str), printed.out, printed.err, caplog.text, *(str(answer.content) for answer in refusals)):
        assert GOOD not in text


@pytest.mark.parametrize(
    "password",
    ["aaaaaaaaaa1!", "A1! 56789012", "x" * 126 + "1!", *(f"abcdefghij1{sign}" for sign in string.punctuation)],
)
def test_a_strong_one_is_taken(tenant: Tenant, box: Box, password: str) -> None:
    assert give(handler, tenant, box, {"password": password}).status == 204
    assert opened(box, sent_to(box.sn)[-1]["payload"]["ciphertext"]) == password


@pytest.mark.parametrize(
    "password",
    [
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
    ],
    ids=repr,
)
def test_a_weak_one_is_refused(tenant: Tenant, box: Box, password: object) -> None:
    assert failing(give(handler, tenant, box, {"password": password})) == ["password"]
    assert sent_to(box.sn) == []


def test_it_is_required(tenant: Tenant, box: Box) -> None:
    assert failing(give(handler, tenant, box, {})) == ["password"]


@pytest.mark.parametrize("make", [offline, provisioning])
def test_a_gateway_that_is_not_online_gets_nothing(tenant: Tenant, make: object) -> None:
    box = make(tenant)  # type: ignore[operator]
    before = rows()
    assert refused(give(handler, tenant, box, {"password": GOOD}), 500) == "The gateway is not online"
    assert rows() == before


def test_of_two_at_once_both_are_sent_and_the_later_is_kept(tenant: Tenant, box: Box) -> None:
    meanwhile(lambda: give(handler, tenant, box, {"password": f"{GOOD}first"}))
    assert give(handler, tenant, box, {"password": GOOD}).status == 204
    sent = {message["payload"]["actionId"]: opened(box, message["payload"]["ciphertext"]) for message in sent_to(box.sn)}
    assert set(sent.values()) == {GOOD, f"{GOOD}first"}
    latest = kept(box, "password")
    assert latest
    assert sent[latest.id] == GOOD


def test_another_tenants_gateway_is_not_found(tenant: Tenant, box: Box) -> None:
    assert refused(give(handler, Tenant.of(tenant.fleet), box, {"password": GOOD}), 404) == "Gateway not found"
