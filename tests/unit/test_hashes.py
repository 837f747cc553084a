"""Keyed hashes and tokens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import time_machine

from fleet.aws import clients, hashes
from fleet.errors import Invalid, Place
from tests.harness.aws import SECRETS

NOW = 1_767_607_200
CONTENT: dict[str, Any] = {"size": 2, "after": "GW000001"}

pytestmark = pytest.mark.usefixtures("cloud")


def failures_of(bound_to: str, token: str) -> list[Place]:
    with pytest.raises(Invalid) as caught:
        hashes.read_token(bound_to, token)
    return [problem.place for problem in caught.value.details]


def test_a_token_gives_its_content_back() -> None:
    assert hashes.read_token("here", hashes.make_token("here", CONTENT)) == CONTENT


def test_a_token_is_fit_for_a_query_string() -> None:
    assert set(hashes.make_token("here", CONTENT)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_token_is_bound() -> None:
    assert failures_of("there", hashes.make_token("here", CONTENT)) == [("nextToken",)]


@pytest.mark.parametrize(("age", "good"), [(0, True), (59, True), (60, False), (61, False)], ids=str)
def test_a_token_has_a_life(age: int, good: bool) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        token = hashes.make_token("here", CONTENT, life=60)
        clock.move_to(NOW + age)
        assert (hashes.read_token("here", token) == CONTENT) if good else failures_of("here", token)


def test_every_altered_letter_is_noticed() -> None:
    token = hashes.make_token("here", CONTENT)
    for place, letter in enumerate(token):
        for other in "AB_":
            if other != letter:
                failures_of("here", token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("text", ["", "A", "AAAA", "A" * 22, "é", "a b", "====", "%00"], ids=ascii)
def test_what_is_no_token(text: str) -> None:
    assert failures_of("here", text) == [("nextToken",)]


@contextmanager
def another_secret() -> Iterator[None]:
    """The secret of hashes and tokens changes in the meantime."""
    replace_secret("b" * 64)
    try:
        yield
    finally:
        replace_secret(SECRETS["AccessSecret"])


def replace_secret(text: str) -> None:
    clients.secretsmanager().put_secret_value(SecretId=clients.setting("ACCESS_SECRET"), SecretString=text)
    hashes.forget()


def test_another_secret_opens_nothing() -> None:
    token = hashes.make_token("here", CONTENT)
    with another_secret():
        failures_of("here", token)


def test_a_credentials_hash_is_keyed() -> None:
    before = hashes.credential_hash("secret")
    with another_secret():
        assert hashes.credential_hash("secret") != before


def test_a_credentials_hash_is_the_same_each_time() -> None:
    assert hashes.credential_hash("secret") == hashes.credential_hash("secret") != hashes.credential_hash("other")
