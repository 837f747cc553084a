"""Receives what gateways send: verified, handled as its type is declared, and taken as a sign of the gateway's presence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from fleet.access import Reach
from fleet.aws import device_crypto
from fleet.aws.reads import both, fetch, fetch_with
from fleet.grants import uses
from fleet.plane import presence, put_aside
from fleet.plane.arrival import Arrival, Receipt
from fleet.plane.envelope import Envelope, Queued, Rejected, Unverified, claimed_sn, parse, with_payload
from fleet.plane.presence import Announcer
from fleet.plane.status import Reported
from fleet.plane.uplink import AnyUplinkType
from fleet.plane.uplinks import UPLINKS
from fleet.presence.presence import Sign
from fleet.registry.gateway import Factory
from fleet.registry.gateways import Gateways

_BLOCKED = Receipt("Blocked", "blocked")


@dataclass(frozen=True)
class _Delivery:
    """What the queue delivered, its envelope, not verified yet, and the time by our clock."""

    sent: Queued
    envelope: Envelope
    now: datetime


def _payload(envelope: Envelope) -> tuple[AnyUplinkType, Reported]:
    """How the message's type is declared, and its payload; or Rejected."""
    declared = UPLINKS.get(envelope.type)
    if declared is None:
        raise Rejected("unknown type")
    try:
        return declared, declared.shape.model_validate(envelope.payload)
    except ValueError:
        raise Rejected("malformed") from None


def _verify(sent: Queued, factory: Factory | None) -> Factory:
    """The factory record of the gateway that signed the message; Unverified when none has."""
    if factory is None:
        raise Unverified("unknown device")
    if not device_crypto.verified(factory.signing_key, sent.signature, sent.body.encode()):
        raise Unverified("forged")
    return factory


@uses(Gateways.identity)
def _sender(reach: Reach, delivery: _Delivery) -> Factory:
    """The gateway that the message names; Unverified unless it has signed it."""
    factory, _ = fetch(reach, Gateways.identity(delivery.envelope.sn))
    return _verify(delivery.sent, factory)


@uses(device_crypto.verified, Gateways.identity, presence.reads, *(each.reads for each in UPLINKS.values()))
def _identify(reach: Reach, delivery: _Delivery, declared: AnyUplinkType, payload: Reported) -> tuple[Arrival, object] | Receipt:
    """The verified message and what its handler reads, in one request; a receipt when the gateway is blocked, or has no owner.
    Unverified when it is forged.
    """
    sent, envelope = delivery.sent, delivery.envelope
    read = both(presence.reads(envelope.sn, envelope.type), declared.reads(envelope.sn, payload))
    (known, card), found = fetch_with(reach, Gateways.identity(envelope.sn), read.keys)
    factory = _verify(sent, known)
    if factory.blocked:
        return _BLOCKED
    if card is None:
        return Receipt("Ignored", "no owner")
    own, mark = Reach.of(card.organization), envelope.mark(sent.received)
    subscribed, needed = read.parse(own, found)
    said = Announcer(own, Sign(card, mark, mark.sent / 1000, type=envelope.type), subscribed)
    return Arrival(own, card, factory, envelope, sent.received, delivery.now, said), needed


@uses(_sender, _identify, Announcer.heard, Announcer.left, *(each.handle for each in UPLINKS.values()))
def _receive(reach: Reach, sent: Queued, now: datetime) -> Receipt:
    delivery = _Delivery(sent, parse(sent), now)
    try:
        declared, payload = _payload(delivery.envelope)
    except Rejected:
        if _sender(reach, delivery).blocked:
            return _BLOCKED
        raise
    identified = _identify(reach, delivery, declared, payload)
    if isinstance(identified, Receipt):
        return identified
    arrival, known = identified
    receipt = declared.handle(arrival, payload, known)
    if declared.leaves is not None:
        (arrival.presence.left if declared.leaves(payload) else arrival.presence.heard)()
    return receipt


@uses(_receive, put_aside.refused, put_aside.sampled)
def receive(reach: Reach, sent: Queued, now: datetime) -> Receipt:
    """Process a message. What must not be processed goes to the dead letters: the message, or the refused parts of it alone, one dead
    letter for each reason. Of what nobody is proven to have sent, only samples go there.

    Processing it twice, or after a newer one, changes nothing: state is replaced by newer state only, a point and an
    answer have ids that follow from the message's, and the first outcome of a command stays. Parts are put aside last: only a message
    that the queue delivers again after that is put aside twice, as the same text.
    """
    try:
        receipt = _receive(reach, sent, now)
    except Unverified as refused:
        put_aside.sampled(sent.body, refused.reason, now)
        receipt = Receipt("Rejected", refused.reason)
    except Rejected as refused:
        put_aside.refused(sent.body, refused.reason)
        receipt = Receipt("Rejected", refused.reason)
    for reason, payload in receipt.refused.items():
        put_aside.refused(with_payload(sent.body, payload), reason)
    return replace(receipt, sn=claimed_sn(sent.body)) if receipt.reason else receipt


@uses(put_aside.failed)
def give_up(sent: Queued) -> Receipt:
    """Put a message aside that fails however often it is tried."""
    put_aside.failed(sent.body)
    return Receipt("Failed", "failed", sn=claimed_sn(sent.body))
