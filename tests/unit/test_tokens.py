"""Tokens that callers carry, and keyed hashes: made with the secret of their purpose alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from fleet.aws import clients, hashes, secret, tokens
from fleet.errors import Invalid, Place, Unauthenticated
from tests.harness.aws import SECRETS, variable

NOW = 1_767_607_200
CONTENT: dict[str, Any] = {"size": 2, "after": "GW000001"}

pytestmark = pytest.mark.usefixtures("cloud")


def failures_of(bound_to: str, token: str) -> list[Place]:
    with pytest.raises(Invalid) as caught:
        tokens.read_paging_token(bound_to, token)
    return [problem.place for problem in caught.value.details]


def test_a_token_gives_its_content_back() -> None:
    assert tokens.read_paging_token("here", tokens.make_paging_token("here", CONTENT)) == CONTENT


def test_a_token_is_fit_for_a_query_string() -> None:
    assert set(tokens.make_paging_token("here", CONTENT)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_token_is_bound() -> None:
    assert failures_of("there", tokens.make_paging_token("here", CONTENT)) == [("nextToken",)]


@pytest.mark.parametrize(("age", "good"), [(0, True), (59, True), (60, False), (61, False)], ids=str)
def test_a_token_has_a_life(age: int, good: bool) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        token = tokens.make_paging_token("here", CONTENT, life=60)
        clock.move_to(NOW + age)
        assert (tokens.read_paging_token("here", token) == CONTENT) if good else failures_of("here", token)


def test_every_altered_letter_is_noticed() -> None:
    token = tokens.make_paging_token("here", CONTENT)
    for place, letter in enumerate(token):
        for other in "AB_":
            if other != letter:
                failures_of("here", token[:place] + other + token[place + 1 :])


@pytest.mark.parametrize("text", ["", "A", "AAAA", "A" * 22, "é", "a b", "====", "%00"], ids=ascii)
def test_what_is_no_token(text: str) -> None:
    assert failures_of("here", text) == [("nextToken",)]


@contextmanager
def another(name: str) -> Iterator[None]:
    """This secret is another one in the meantime."""
    _replace(name, '{"0": "another"}')
    try:
        yield
    finally:
        _replace(name, SECRETS[name])


def _replace(name: str, text: str) -> None:
    clients.secretsmanager().put_secret_value(SecretId=clients.setting(variable(name)), SecretString=text)
    secret.forget()


def test_a_paging_token_depends_on_its_secret_alone() -> None:
    token = tokens.make_paging_token("here", CONTENT)
    with another("CredentialSecret"), another("SignInSecret"):
        assert tokens.read_paging_token("here", token) == CONTENT
    with another("PagingSecret"):
        failures_of("here", token)


def test_a_sign_in_token_depends_on_its_secret_alone() -> None:
    token, now = tokens.make_sign_in_token("thingsee", CONTENT), datetime.now(UTC)
    with another("CredentialSecret"), another("PagingSecret"):
        assert tokens.read_sign_in_token("thingsee", token, now) == CONTENT
    with another("SignInSecret"), pytest.raises(Unauthenticated):
        tokens.read_sign_in_token("thingsee", token, now)


def test_a_credentials_hash_depends_on_its_secret_alone() -> None:
    before = hashes.credential_hash("secret")
    with another("PagingSecret"), another("SignInSecret"):
        assert hashes.credential_hash("secret") == before
    with another("CredentialSecret"):
        assert hashes.credential_hash("secret") != before


def test_a_credentials_hash_is_the_same_each_time() -> None:
    assert hashes.credential_hash("secret") == hashes.credential_hash("secret") != hashes.credential_hash("other")
