"""POST /v4/gateway/{sn}/reboot (wisdm.md 7.2)."""

from __future__ import annotations

from functions.wisdm.action.reboot import handler
from tests.contract.wisdm.action.orders import acknowledge, another_gateway, give, latest
from tests.contract.wisdm.answers import is_accepted, refusal_message
from tests.contract.wisdm.prepared_world import NOW
from tests.contract.wisdm.stored import outbox_of, restored_after_each, unchanged
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.interference import before_next_transaction
from tests.harness.recorder import Recorder


def test_sends_the_order_and_answers_nothing(gateways: TenantWithGateways) -> None:
    card = gateways.online
    assert is_accepted(give(handler, gateways, card))
    (message,) = outbox_of(card.sn)
    action = latest(card, "reboot")
    assert (message["type"], message["payload"]) == ("action.reboot", {"actionId": action.id})
    assert message["deadline"] == int(NOW.timestamp()) + 60
    assert (action.state, action.kind, action.requested) == ("PENDING", "reboot", NOW)


def test_a_body_is_not_read(gateways: TenantWithGateways) -> None:
    bodies: tuple[object, ...] = (b"{", b"[1]", b"x" * 300_000, {"when": "now"})
    for body in restored_after_each(bodies):
        assert is_accepted(give(handler, gateways, gateways.online, body)), str(body)[:20]


class TestRepeat:
    """A reboot is not sent again while one is unacknowledged, at most a minute."""

    def test_within_a_minute_sends_nothing(self, gateways: TenantWithGateways) -> None:
        give(handler, gateways, gateways.online)
        with unchanged():
            for seconds in (0, 1, 59.9):
                assert is_accepted(give(handler, gateways, gateways.online, after=seconds)), seconds

    def test_after_a_minute_sends_again(self, gateways: TenantWithGateways) -> None:
        give(handler, gateways, gateways.online)
        assert is_accepted(give(handler, gateways, gateways.online, after=60))
        assert len({message["payload"]["actionId"] for message in outbox_of(gateways.online.sn)}) == 2

    def test_after_an_acknowledgement_sends_again(self, gateways: TenantWithGateways) -> None:
        give(handler, gateways, gateways.online)
        acknowledge(gateways.online, "reboot")
        assert is_accepted(give(handler, gateways, gateways.online, after=5))
        assert len(outbox_of(gateways.online.sn)) == 2

    def test_of_another_gateway_is_an_order_of_its_own(self, gateways: TenantWithGateways) -> None:
        cards = (gateways.online, another_gateway(gateways))
        for card in cards:
            give(handler, gateways, card)
        assert [len(outbox_of(card.sn)) for card in cards] == [1, 1]

    def test_at_the_same_time_sends_one(self, gateways: TenantWithGateways) -> None:
        card = gateways.online
        for earlier in restored_after_each((False, True)):
            if earlier:
                give(handler, gateways, card, after=-90)
            before = len(outbox_of(card.sn))
            before_next_transaction(lambda: give(handler, gateways, card))
            assert is_accepted(give(handler, gateways, card)), earlier
            assert len(outbox_of(card.sn)) == before + 1, earlier


def test_a_gateway_that_is_not_online_gets_nothing(gateways: TenantWithGateways) -> None:
    with unchanged():
        for card in gateways.not_online:
            assert refusal_message(give(handler, gateways, card), 500) == "The gateway is not online"


def test_a_silent_gateway_is_not_online(gateways: TenantWithGateways) -> None:
    assert is_accepted(give(handler, gateways, gateways.online, after=25 * 60))
    refusal_message(give(handler, gateways, gateways.online, after=25 * 60 + 1), 500)


def test_another_tenants_order_says_nothing(gateways: TenantWithGateways, other_tenant: Tenant) -> None:
    with unchanged():
        assert refusal_message(give(handler, other_tenant, gateways.online), 404) == "Gateway not found"


def test_a_key_of_another_location_is_refused(gateways: TenantWithGateways) -> None:
    assert refusal_message(give(handler, gateways, gateways.online, key=gateways.key_of_elsewhere), 403) == "Action is not allowed"


def test_takes_two_requests(gateways: TenantWithGateways, aws_requests: Recorder) -> None:
    give(handler, gateways, another_gateway(gateways))
    aws_requests.clear()
    give(handler, gateways, gateways.online)
    assert aws_requests.requests == ["dynamodb:BatchGetItem", "dynamodb:TransactWriteItems"]
