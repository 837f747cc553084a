"""The transport of a gateway: signed uplink messages, its downlink queue, and uploads to granted URLs."""

from __future__ import annotations

import base64
import functools
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from muster.operator.keyring import Identity

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
    from mypy_boto3_sqs.client import SQSClient

LARGEST = 128 * 1024 - len("signatureString") - 88
"""Largest message, in bytes (device-plane.md 2)."""


@dataclass(frozen=True)
class Order:
    """A downlink message with its SQS receipt handle."""

    handle: str
    type: str
    id: str
    number: int
    payload: Mapping[str, Any]


class Wire:
    """One gateway's connection to the cloud, over SQS and S3."""

    def __init__(self, identity: Identity, sqs: SQSClient) -> None:
        self.identity, self.sqs = identity, sqs

    def send(self, type: str, boot: str, seq: int, payload: Mapping[str, Any]) -> None:
        """Sign a message and send it. Output that makes it too large is truncated."""
        body = self._envelope(type, boot, seq, payload)
        while len(body) > LARGEST and payload.get("output"):
            payload = {**payload, "output": payload["output"][: len(payload["output"]) // 2], "truncated": True}
            body = self._envelope(type, boot, seq, payload)
        self.sqs.send_message(
            QueueUrl=self.identity.uplink_url,
            MessageBody=body.decode(),
            MessageGroupId=self.identity.sn,
            MessageAttributes={"signature": {"DataType": "String", "StringValue": base64.b64encode(self._signing_key.sign(body)).decode()}},
        )

    def _envelope(self, type: str, boot: str, seq: int, payload: Mapping[str, Any]) -> bytes:
        sent = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        message = {
            "v": 1,
            "type": type,
            "sn": self.identity.sn,
            "messageId": str(uuid.uuid4()),
            "bootId": boot,
            "seq": seq,
            "sentAt": sent,
            "payload": payload,
        }
        return json.dumps(message, separators=(",", ":"), ensure_ascii=False).encode()

    def receive(self, wait: int) -> Order | None:
        """The next message of the gateway's queue within `wait` seconds, or None. Malformed messages are deleted."""
        answer = self.sqs.receive_message(QueueUrl=self.identity.queue_url, MaxNumberOfMessages=1, WaitTimeSeconds=wait)
        for message in answer.get("Messages", []):
            order = _order(message["ReceiptHandle"], message["Body"], self.identity.sn)
            if order is not None:
                return order
            self.sqs.delete_message(QueueUrl=self.identity.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return None

    def keep_hidden(self, order: Order, seconds: int) -> None:
        """Extend the message's visibility timeout."""
        self.sqs.change_message_visibility(QueueUrl=self.identity.queue_url, ReceiptHandle=order.handle, VisibilityTimeout=seconds)

    def delete(self, order: Order) -> None:
        self.sqs.delete_message(QueueUrl=self.identity.queue_url, ReceiptHandle=order.handle)

    def put(self, url: str, content: bytes, sha256: bytes) -> None:
        """Upload a file to a granted URL, which signs its length and checksum.

        Raises OSError when the store refuses it, and ValueError for a URL that is not HTTP.
        """
        if urlsplit(url).scheme not in ("https", "http"):
            raise ValueError("not the URL of a store")
        headers = {
            "x-amz-checksum-sha256": base64.b64encode(sha256).decode(),
            "Content-Length": str(len(content)),
            "Content-Type": "application/gzip",
        }
        with urlopen(Request(url, content, headers, method="PUT"), timeout=30) as answer:
            answer.read()

    def get(self, url: str) -> bytes:
        """Download a file. Raises OSError when the store refuses it, and ValueError for a URL that is not HTTP."""
        if urlsplit(url).scheme not in ("https", "http"):
            raise ValueError("not the URL of a store")
        with urlopen(url, timeout=30) as answer:
            content: bytes = answer.read()
        return content

    def seal(self, purpose: str, secret: bytes) -> str:
        """Encrypt a secret for the cloud."""
        from fleet.aws.device_crypto import encrypt_for_device

        return encrypt_for_device(self.identity.cloud_key, f"{self.identity.sn}:{purpose}", secret)

    def unseal(self, purpose: str, boxed: str) -> bytes:
        """Decrypt a secret that was encrypted for this gateway. Raises ValueError when it was not."""
        from fleet.aws.device_crypto import decrypt

        return decrypt(self._sealing_key, f"{self.identity.sn}:{purpose}", boxed)

    @functools.cached_property
    def _signing_key(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(base64.b64decode(self.identity.signing_key))

    @functools.cached_property
    def _sealing_key(self) -> X25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

        return X25519PrivateKey.from_private_bytes(base64.b64decode(self.identity.sealing_key))


def _order(handle: str, body: str, sn: str) -> Order | None:
    """Parse a message addressed to this gateway; None for any other."""
    try:
        message = json.loads(body)
        if message["v"] == 1 and message["sn"] == sn and isinstance(message["payload"], dict):
            return Order(handle, str(message["type"]), str(message["messageId"]), int(message["number"]), message["payload"])
    except (ValueError, KeyError, TypeError):
        pass
    return None
