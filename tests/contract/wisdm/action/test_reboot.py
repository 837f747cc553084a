"""POST /v4/gateway/{sn}/reboot (contract, 7.2)."""

from __future__ import annotations

import pytest

from functions.wisdm.action.reboot import handler
from tests.contract.wisdm.action.order import NOW, acknowledged, give, kept, offline, online, provisioning
from tests.contract.wisdm.tenant import Tenant, meanwhile, refused, rows, sent_to
from tests.harness.fleet import Box
from tests.harness.recorder import Recorder


@pytest.fixture
def box(tenant: Tenant) -> Box:
    return online(tenant)


def test_sends_the_order_and_answers_nothing(tenant: Tenant, box: Box) -> None:
    answer = give(handler, tenant, box)
    assert (answer.status, answer.content) == (204, b"")
    assert "Content-Type" not in answer.headers
    (message,) = sent_to(box.sn)
    action = kept(box, "reboot")
    assert action
    assert (message["type"], message["payload"]) == ("action.reboot", {"actionId": action.id})
    assert message["deadline"] == int(NOW.timestamp()) + 60
    assert (action.state, action.kind, action.requested) == ("PENDING", "reboot", NOW)


@pytest.mark.parametrize("body", [b"{", b"[1]", b"x" * 300_000, {"when": "now"}], ids=["broken", "array", "large", "object"])
def test_a_body_is_not_read(tenant: Tenant, box: Box, body: object) -> None:
    assert give(handler, tenant, box, body).status == 204


class TestRepeat:
    """While a reboot is unacknowledged, a minute at most, nothing new is sent."""

    @pytest.mark.parametrize("seconds", [0, 1, 59.9])
    def test_within_a_minute_sends_nothing(self, tenant: Tenant, box: Box, seconds: float) -> None:
        give(handler, tenant, box)
        before = rows()
        assert give(handler, tenant, box, after=seconds).status == 204
        assert rows() == before

    def test_after_a_minute_sends_again(self, tenant: Tenant, box: Box) -> None:
        give(handler, tenant, box)
        assert give(handler, tenant, box, after=60).status == 204
        assert len({message["payload"]["actionId"] for message in sent_to(box.sn)}) == 2

    def test_after_an_acknowledgement_sends_again(self, tenant: Tenant, box: Box) -> None:
        give(handler, tenant, box)
        acknowledged(box, "reboot")
        assert give(handler, tenant, box, after=5).status == 204
        assert len(sent_to(box.sn)) == 2

    def test_of_another_gateway_is_an_order_of_its_own(self, tenant: Tenant, box: Box) -> None:
        other = online(tenant)
        give(handler, tenant, box)
        give(handler, tenant, other)
        assert len(sent_to(box.sn)) == len(sent_to(other.sn)) == 1

    @pytest.mark.parametrize("earlier", [False, True])
    def test_at_the_same_time_sends_one(self, tenant: Tenant, box: Box, earlier: bool) -> None:
        if earlier:
            give(handler, tenant, box, after=-90)
        before = len(sent_to(box.sn))
        meanwhile(lambda: give(handler, tenant, box))
        assert give(handler, tenant, box).status == 204
        assert len(sent_to(box.sn)) == before + 1


@pytest.mark.parametrize("make", [offline, provisioning])
def test_a_gateway_that_is_not_online_gets_nothing(tenant: Tenant, make: object) -> None:
    box = make(tenant)  # type: ignore[operator]
    before = rows()
    assert refused(give(handler, tenant, box), 500) == "The gateway is not online"
    assert rows() == before


def test_a_silent_gateway_is_not_online(tenant: Tenant, box: Box) -> None:
    assert give(handler, tenant, box, after=25 * 60).status == 204
    assert refused(give(handler, tenant, box, after=25 * 60 + 1), 500)


def test_another_tenants_order_says_nothing(tenant: Tenant, box: Box) -> None:
    other = Tenant.of(tenant.fleet)
    assert refused(give(handler, other, box), 404) == "Gateway not found"
    assert sent_to(box.sn) == []


def test_a_key_of_another_location_is_refused(tenant: Tenant, box: Box) -> None:
    assert refused(give(handler, tenant, box, key=tenant.limited(tenant.location())), 403) == "Action is not allowed"


def test_takes_two_requests(tenant: Tenant, box: Box, signed: Recorder) -> None:
    give(handler, tenant, online(tenant))
    signed.clear()
    give(handler, tenant, box)
    assert signed.requests == ["dynamodb:BatchGetItem", "dynamodb:TransactWriteItems"]
