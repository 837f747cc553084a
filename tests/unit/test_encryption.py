"""Secrets at rest."""

from __future__ import annotations

import base64

import pytest
from cryptography.exceptions import InvalidTag

from fleet.access import EVERYWHERE, Reach
from fleet.errors import NotFound
from fleet.tenancy import encryption
from fleet.tenancy.organization import Organization
from tests.harness.fleet import Fleet
from tests.harness.recorder import Recorder

SECRET = b"blue-anchor-7"


@pytest.fixture
def owner(fleet: Fleet) -> Organization:
    return fleet.organization()


def encrypt(owner: Organization, where: str = "DEVICE#1") -> str:
    return encryption.encrypt_at_rest(EVERYWHERE, owner.id, where, SECRET)


def test_what_was_sealed_opens(owner: Organization) -> None:
    assert encryption.decrypt_at_rest(EVERYWHERE, owner.id, "DEVICE#1", encrypt(owner)) == SECRET


def test_the_secret_is_not_in_it(owner: Organization) -> None:
    assert SECRET not in base64.b64decode(encrypt(owner))


def test_no_two_are_alike(owner: Organization) -> None:
    assert len({encrypt(owner) for _ in range(20)}) == 20


def test_it_opens_nowhere_else(owner: Organization) -> None:
    with pytest.raises(InvalidTag):
        encryption.decrypt_at_rest(EVERYWHERE, owner.id, "DEVICE#2", encrypt(owner))


def test_it_opens_for_no_other_organization(owner: Organization, fleet: Fleet) -> None:
    with pytest.raises(InvalidTag):
        encryption.decrypt_at_rest(EVERYWHERE, fleet.organization().id, "DEVICE#1", encrypt(owner))


@pytest.mark.parametrize("place", [1, 12, 13, -1], ids=str)
def test_an_altered_byte_is_noticed(owner: Organization, place: int) -> None:
    raw = bytearray(base64.b64decode(encrypt(owner)))
    raw[place] ^= 1
    with pytest.raises(InvalidTag):
        encryption.decrypt_at_rest(EVERYWHERE, owner.id, "DEVICE#1", base64.b64encode(raw).decode())


def test_who_does_not_reach_the_organization_opens_nothing(owner: Organization) -> None:
    kept = encrypt(owner)
    encryption.forget()
    with pytest.raises(NotFound):
        encryption.decrypt_at_rest(Reach.of("0" * 24), owner.id, "DEVICE#1", kept)


def test_the_data_key_is_unwrapped_once(aws_requests: Recorder, owner: Organization) -> None:
    aws_requests.clear()
    for _ in range(5):
        encrypt(owner)
    assert aws_requests.requests.count("kms:Decrypt") == 1
