"""Boxes between the cloud and a device: the test vectors of the document open, and nothing else does."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fleet.aws.device_crypto import decrypt, encrypt_for_device
from muster.home import ROOT

SECTION = (ROOT / "docs" / "device-plane.md").read_text().partition("## 6. Boxes")[2]
VECTORS: list[dict[str, str]] = json.loads(SECTION.partition("```json")[2].partition("```")[0])


def key(vector: dict[str, str]) -> X25519PrivateKey:
    return X25519PrivateKey.from_private_bytes(base64.b64decode(vector["privateKey"]))


def purpose(vector: dict[str, str]) -> str:
    assert vector["info"].startswith("muster/1 ")
    return vector["info"].removeprefix("muster/1 ")


def test_the_document_has_three_vectors() -> None:
    assert len({(vector["privateKey"], vector["info"], vector["box"], vector["secret"]) for vector in VECTORS}) == 3


@pytest.mark.parametrize("vector", VECTORS, ids=purpose)
def test_a_vector_of_the_document_opens(vector: dict[str, str]) -> None:
    assert decrypt(key(vector), purpose(vector), vector["box"]).decode() == vector["secret"]
    assert len(base64.b64decode(vector["box"])) == 32 + len(vector["secret"].encode()) + 16


def test_a_box_opens_for_its_key_and_purpose_alone() -> None:
    first, second = VECTORS[:2]
    for holder, meant_for in ((first, second), (second, first)):
        with pytest.raises(ValueError, match="not a box for this key and purpose"):
            decrypt(key(holder), purpose(meant_for), first["box"])


def test_every_changed_byte_is_noticed() -> None:
    vector = VECTORS[0]
    raw = base64.b64decode(vector["box"])
    for place in range(len(raw)):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        with pytest.raises(ValueError, match="not a box"):
            decrypt(key(vector), purpose(vector), base64.b64encode(changed).decode())


@pytest.mark.parametrize("text", ["", "AAAA", "A" * 44, "A" * 64, "AAA", "no base64!", "é"], ids=ascii)
def test_what_is_no_box(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decrypt(key(VECTORS[0]), purpose(VECTORS[0]), text)


def test_two_boxes_of_one_secret_differ() -> None:
    holder = X25519PrivateKey.generate()
    public = base64.b64encode(holder.public_key().public_bytes_raw()).decode()
    boxes = [encrypt_for_device(public, "here", b"secret") for _ in range(2)]
    assert boxes[0] != boxes[1]
    assert [decrypt(holder, "here", each) for each in boxes] == [b"secret", b"secret"]
