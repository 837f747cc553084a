"""Receives what gateways send: verified, handled as its type is declared, and taken as a sign of the gateway's presence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fleet.access import Reach
from fleet.aws import device_crypto, queues
from fleet.aws.reads import both, fetch_with
from fleet.grants import uses
from fleet.plane import presence
from fleet.plane.arrival import Arrival, Receipt
from fleet.plane.envelope import Envelope, Rejected, parse, with_payload, without_secrets
from fleet.plane.presence import Announcer
from fleet.plane.status import Reported
from fleet.plane.uplink import AnyUplinkType
from fleet.plane.uplinks import UPLINKS
from fleet.registry.gateways import Gateways
from fleet.registry.presence import Sign


@dataclass(frozen=True)
class _Delivery:
    """What the queue delivered, not verified yet, and when: by the queue's clock and by ours."""

    body: str
    signature: str
    envelope: Envelope
    received: datetime
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


@uses(device_crypto.verified, Gateways.identity, presence.reads, *(each.reads for each in UPLINKS.values()))
def _identify(reach: Reach, sent: _Delivery, declared: AnyUplinkType, payload: Reported) -> tuple[Arrival, object] | Receipt:
    """The verified message and what its handler reads, in one request; a receipt when the gateway is blocked, or has no owner.
    Rejected when it is forged.
    """
    envelope = sent.envelope
    read = both(presence.reads(envelope.sn, envelope.type), declared.reads(envelope.sn, payload))
    (factory, card), found = fetch_with(reach, Gateways.identity(envelope.sn), read.keys)
    if factory is None:
        raise Rejected("unknown device")
    if not device_crypto.verified(factory.signing_key, sent.signature, sent.body.encode()):
        raise Rejected("forged")
    if factory.blocked:
        return Receipt("Blocked", "blocked")
    if card is None:
        return Receipt("Ignored", "no owner")
    own, mark = Reach.of(card.organization), envelope.mark(sent.received)
    subscribed, known = read.parse(own, found)
    said = Announcer(own, Sign(card, mark, mark.sent / 1000), subscribed)
    return Arrival(own, card, factory, envelope, sent.received, sent.now, said), known


@uses(_identify, Announcer.heard, Announcer.left, *(each.handle for each in UPLINKS.values()))
def _receive(reach: Reach, body: str, signature: str, received: datetime, now: datetime) -> Receipt:
    envelope = parse(body)
    declared, payload = _payload(envelope)
    identified = _identify(reach, _Delivery(body, signature, envelope, received, now), declared, payload)
    if isinstance(identified, Receipt):
        return identified
    arrival, known = identified
    receipt = declared.handle(arrival, payload, known)
    if declared.leaves is not None:
        (arrival.presence.left if declared.leaves(payload) else arrival.presence.heard)()
    return receipt


@uses(_receive, queues.reject)
def receive(reach: Reach, body: str, signature: str, received: datetime, now: datetime) -> Receipt:
    """Process a message that the uplink queue received at `received`. What must not be processed goes to the dead letters: the
    message, or the refused parts of it alone, one dead letter for each reason, without a signature, as the device signed the whole.

    Processing it twice, or after a newer one, changes nothing: state is replaced by newer state only, a point and an
    answer have ids that follow from the message's, and the first outcome of a command stays. Parts are put aside last: only a message
    that the queue delivers again after that is put aside twice, as the same text.
    """
    try:
        receipt = _receive(reach, body, signature, received, now)
    except Rejected as refused:
        queues.reject(without_secrets(body), signature, refused.reason)
        return Receipt("Rejected", refused.reason)
    for reason, payload in receipt.refused.items():
        queues.reject(without_secrets(with_payload(body, payload)), "", reason)
    return receipt
