"""Gateways: the factory record of one, its queue and its keys, and whether it is blocked."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from fleet.access import EVERYWHERE
from fleet.aws import clients, device_crypto, queues
from fleet.aws.reads import fetch
from fleet.configuration import register
from fleet.errors import Conflict, FleetError, Problem
from fleet.lifecycle import provision as provisioning
from fleet.lifecycle.provision import ShareLogs
from fleet.outbox.message import IN_QUEUE
from fleet.registry.gateway import Card, Factory
from fleet.registry.gateways import Gateways
from muster.operator import organization, rules
from muster.operator.author import author

MODEL = "[A-Za-z0-9][A-Za-z0-9._-]{0,31}"
_QUEUE = {
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "SqsManagedSseEnabled": "true",
    "MessageRetentionPeriod": str(IN_QUEUE),
    "MaximumMessageSize": str(queues.LARGEST),
    "VisibilityTimeout": "60",
    "Policy": json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "sqs:*",
                    "Resource": "*",
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }
    ),
}
"""Attributes of each gateway's queue: those of infra/queues.yaml, and those of a FIFO queue."""


class NoFactory(FleetError):
    """There is no factory record of this serial number: provision the gateway with `muster gateway provision`"""


@dataclass(frozen=True)
class GatewayRequest:
    """A gateway's factory data. Public keys are set when the key pairs were generated elsewhere.

    With an organization (slug or id), the gateway is claimed for it, without a location; `share_logs` needs an organization.
    """

    sn: str
    eui: str
    model: str
    mac: str
    firmware: str | None = None
    channels: Literal[8, 16] = 8
    organization: str | None = None
    share_logs: ShareLogs = "none"
    signing_key: str | None = None
    sealing_key: str | None = None


@dataclass(frozen=True)
class ProvisionedGateway:
    """What to install on a gateway. Keys are base64 of 32 raw bytes; private keys are present only when they were generated here.

    `queue_url` is its downlink queue, `uplink_url` the uplink queue, `cloud_key` the public key that it encrypts secrets for.
    """

    sn: str
    eui: str
    mac: str
    model: str
    firmware: str | None
    channels: int
    organization: str | None
    queue_url: str
    uplink_url: str
    cloud_key: str
    signing_key: str
    sealing_key: str
    private_signing_key: str | None
    private_sealing_key: str | None


def provision(request: GatewayRequest, tuid: str | None = None) -> ProvisionedGateway:
    """Store the factory record of a gateway, create its queue and, with an organization, claim the gateway for it.

    `tuid` is its Thingsee name. Raises Invalid for data that breaks a rule, NoOrganization, and Conflict when its serial number,
    EUI or TUID is taken, or the organization is disabled; then nothing has changed except that its queue may exist.
    """
    _check(request)
    owner = organization.find_active(request.organization).id if request.organization else None
    sn, now = request.sn.upper(), datetime.now(UTC)
    if fetch(EVERYWHERE, Gateways.identity(sn)) != (None, None):
        raise Conflict(f"Gateway {sn} is already provisioned, and its keys are not shown again: make new ones with `muster gateway rekey`")
    signing, sealing = _keys(request.signing_key, request.sealing_key)
    factory = _factory(request, sn, signing[0], sealing[0])
    thing = {} if tuid is None else {"tuid": tuid, "thingsee": {}}
    device = None if owner is None else register.new_gateway(factory, owner, now, **thing)
    provisioning.provision_gateway(EVERYWHERE, factory, device, now, request.share_logs)
    return _installed(factory, owner, signing[1], sealing[1])


def rekey(sn: str, signing_key: str | None = None, sealing_key: str | None = None) -> ProvisionedGateway:
    """Give a gateway new keys, for one whose private keys are lost or known to others; the old ones are refused at once.

    Raises Invalid for a malformed key, and NoFactory when the gateway is not provisioned.
    """
    rules.demand(rules.public_key("signing-key", signing_key), rules.public_key("sealing-key", sealing_key))
    factory, card = factory_of(sn)
    signing, sealing = _keys(signing_key, sealing_key)
    after = provisioning.rekey(EVERYWHERE, factory, signing[0], sealing[0], author())
    return _installed(after, card.organization if card else None, signing[1], sealing[1])


@dataclass(frozen=True)
class WithdrawnGateway:
    """The names of a gateway whose factory record is deleted: they are free."""

    sn: str
    eui: str


def unprovision(sn: str) -> WithdrawnGateway:
    """Delete the factory record of a gateway that no organization has claimed, and its queue.

    Raises NoFactory when there is none, and Conflict when an organization has, or had, the gateway.
    """
    try:
        factory, card = factory_of(sn)
    except NoFactory:  # an earlier attempt may have left the queue
        _delete_queue(sn.upper())
        raise
    if card is not None:
        raise Conflict(f"Gateway {factory.sn} is an organization's: delete it with `muster device delete --sn {factory.sn}` first")
    provisioning.withdraw(EVERYWHERE, factory, author())
    _delete_queue(factory.sn)
    return WithdrawnGateway(factory.sn, factory.eui)


@dataclass(frozen=True)
class BlockedGateway:
    """A gateway, whether it is blocked, and its organization, if any has claimed it."""

    sn: str
    blocked: bool
    organization: str | None


def set_blocked(sn: str, blocked: bool) -> BlockedGateway:
    """Block a gateway, and delete what waits in its queue, or unblock it. Raises NoFactory, and Stale when somebody else changed it."""
    factory, card = factory_of(sn)
    after = provisioning.set_blocked(EVERYWHERE, factory, blocked, author())
    if blocked:
        _purge_queue(factory.sn)
    return BlockedGateway(after.sn, after.blocked, card.organization if card else None)


def factory_of(sn: str) -> tuple[Factory, Card | None]:
    """The factory record of a gateway, and its card if an organization has it. Raises NoFactory."""
    factory, card = fetch(EVERYWHERE, Gateways.identity(sn.upper()))
    if factory is None:
        raise NoFactory
    return factory, card


def _installed(factory: Factory, owner: str | None, signing_key: str | None, sealing_key: str | None) -> ProvisionedGateway:
    """What to install on a gateway, with the private keys that were generated here."""
    return ProvisionedGateway(
        **factory.model_dump(exclude={"last_version", "blocked"}),
        organization=owner,
        uplink_url=clients.setting("UPLINK_QUEUE"),
        cloud_key=device_crypto.cloud_public_key(),
        private_signing_key=signing_key,
        private_sealing_key=sealing_key,
    )


def _factory(request: GatewayRequest, sn: str, signing_key: str, sealing_key: str) -> Factory:
    """The factory record of a gateway; its queue is there."""
    return Factory(
        sn=sn,
        eui=request.eui.lower(),
        mac=request.mac.upper(),
        model=request.model,
        firmware=request.firmware,
        channels=request.channels,
        signing_key=signing_key,
        sealing_key=sealing_key,
        queue_url=_queue(sn),
    )


def _check(request: GatewayRequest) -> None:
    part = r"(0|[1-9][0-9]{0,2})"
    rules.demand(
        rules.pattern("sn", request.sn, "[A-Za-z0-9]{6,32}", "must have 6 to 32 letters and digits"),
        rules.pattern("eui", request.eui, "[0-9A-Fa-f]{16}", "must have 16 hex digits"),
        rules.pattern("model", request.model, MODEL, "must have 1 to 32 letters, digits, dots, hyphens and underscores"),
        rules.pattern("mac", request.mac, "[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}", "must be like AC:1F:09:0A:1B:2C"),
        rules.pattern("firmware", request.firmware, rf"{part}\.{part}\.{part}", "must be like 2.2.15"),
        None if request.channels in (8, 16) else Problem(("channels",), "must be 8 or 16"),
        rules.among("share-logs", request.share_logs, get_args(ShareLogs)),
        Problem(("share-logs",), "needs an organization") if request.share_logs != "none" and not request.organization else None,
        rules.public_key("signing-key", request.signing_key),
        rules.public_key("sealing-key", request.sealing_key),
    )


def _keys(signing_key: str | None, sealing_key: str | None) -> tuple[tuple[str, str | None], tuple[str, str | None]]:
    """The signing and the sealing key, public and private."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return _pair(signing_key, Ed25519PrivateKey.generate), _pair(sealing_key, X25519PrivateKey.generate)


def _pair(given: str | None, generate: Callable[[], Any]) -> tuple[str, str | None]:
    if given is not None:
        return given, None
    private = generate()
    return _to_base64(private.public_key().public_bytes_raw()), _to_base64(private.private_bytes_raw())


def _to_base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _queue_name(sn: str) -> str:
    return f"{clients.setting('DOWNLINK_PREFIX')}-{sn}.fifo"


def _delete_queue(sn: str) -> None:
    """Delete the gateway's queue, if it is there."""
    client = clients.sqs()
    with suppress(client.exceptions.QueueDoesNotExist):
        client.delete_queue(QueueUrl=client.get_queue_url(QueueName=_queue_name(sn))["QueueUrl"])


def _purge_queue(sn: str) -> None:
    """Delete what is in the gateway's queue, if it is there. A purge that has begun less than a minute ago is left to end."""
    client = clients.sqs()
    with suppress(client.exceptions.QueueDoesNotExist, client.exceptions.PurgeQueueInProgress):
        client.purge_queue(QueueUrl=client.get_queue_url(QueueName=_queue_name(sn))["QueueUrl"])


def _queue(sn: str) -> str:
    """Create the gateway's queue, or reuse one that an earlier attempt left."""
    client, name = clients.sqs(), _queue_name(sn)
    try:
        return client.create_queue(QueueName=name, Attributes=_QUEUE)["QueueUrl"]  # type: ignore[arg-type]
    except client.exceptions.QueueNameExists:
        return client.get_queue_url(QueueName=name)["QueueUrl"]
    except client.exceptions.QueueDeletedRecently:
        raise Conflict("The gateway's queue was deleted just now: provision it again in a minute") from None
