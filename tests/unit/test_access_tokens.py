"""Access tokens: what their text opens, until when, and that it is read together with what else is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import table
from fleet.aws.reads import fetch
from fleet.aws.writes import Refused, transact
from fleet.errors import NotFound, Unauthenticated
from fleet.identity import manage_organizations
from fleet.tenancy.audit_entry import Author
from fleet.tenancy.organization import Organization
from fleet.tenancy.organizations import Disabled, Organizations
from fleet.tokens import manage_access_tokens
from fleet.tokens.access_token import AccessToken
from fleet.tokens.access_tokens import CHANGED, AccessTokens
from fleet.tokens.identify_access_token import identify
from tests.harness.aws import stored
from tests.harness.canary import watch_secrets_in
from tests.harness.fleet import Fleet
from tests.harness.recorder import Recorder
from tests.workers.messages import NOW

BY = Author(actor="arn:aws:iam::123456789012:user/ada", at=NOW)
SETTINGS = {"name": "reader", "scopes": ("all.Application.read",), "owner_email": "ada@example.com"}


@pytest.fixture
def harbour(fleet: Fleet) -> Iterator[Organization]:
    with time_machine.travel(NOW, tick=False):
        yield fleet.organization()


def new(owner: Organization, days: int | None = None) -> tuple[AccessToken, str]:
    token, text = manage_access_tokens.create(EVERYWHERE, owner.id, SETTINGS, days, BY)
    watch_secrets_in(text)
    return token, text


def opens(text: str, after: timedelta = timedelta()) -> bool:
    try:
        identify(text, NOW + after, ())
    except Unauthenticated:
        return False
    return True


def test_a_text_opens_what_its_token_says(harbour: Organization) -> None:
    token, text = new(harbour, days=30)
    found, _ = identify(text, NOW, ())
    assert found == token
    assert (found.organization, found.scopes, found.owner_email) == (harbour.id, ("all.Application.read",), "ada@example.com")
    assert (found.created, found.expires, found.by) == (NOW, NOW + timedelta(days=30), BY.actor)
    assert text.startswith(f"{token.id}.")
    assert text.partition(".")[2] not in repr(stored(table.table()))


def test_what_else_is_asked_for_comes_in_the_same_request(harbour: Organization, aws_requests: Recorder) -> None:
    _, text = new(harbour)
    read = Organizations.by_id(harbour.id)
    aws_requests.requests.clear()
    _, found = identify(text, NOW, read.keys)
    assert aws_requests.requests == ["dynamodb:BatchGetItem"]
    assert read.parse(EVERYWHERE, found) == harbour


def test_a_text_that_is_no_token_is_refused_without_a_request(harbour: Organization, aws_requests: Recorder) -> None:
    _, text = new(harbour)
    id, _, secret = text.partition(".")
    aws_requests.requests.clear()
    for bad in (
        "",
        ".",
        id,
        f"{id}.",
        f"{id}{secret}",
        f"{id.upper()}.{secret}",
        f"{text}\n",
        f" {text}",
        f"{text}A",
        f"{id[1:]}.{secret}",
    ):
        if bad != text:
            assert not opens(bad), bad
    assert aws_requests.requests == []


def test_another_secret_or_id_is_refused(harbour: Organization) -> None:
    (_, one), (_, other) = new(harbour), new(harbour)
    id, _, secret = one.partition(".")
    changed = ("B" if secret[0] == "A" else "A") + secret[1:]
    assert not opens(f"{id}.{changed}")
    assert not opens(f"{other.partition('.')[0]}.{secret}")
    assert not opens(f"{'0' * 24}.{secret}")
    assert opens(one)
    assert opens(other)


def test_it_ends_on_its_last_second(harbour: Organization) -> None:
    (_, ends), (_, stays) = new(harbour, days=1), new(harbour)
    assert opens(ends, timedelta(days=1, seconds=-1))
    assert not opens(ends, timedelta(days=1))
    assert opens(stays, timedelta(days=40000))


def test_a_revoked_one_is_refused_with_the_next_request(harbour: Organization) -> None:
    token, text = new(harbour)
    assert opens(text)
    assert manage_access_tokens.revoke(EVERYWHERE, harbour.id, token.id, BY) == token
    assert not opens(text)
    with pytest.raises(NotFound):
        manage_access_tokens.revoke(EVERYWHERE, harbour.id, token.id, BY)


def test_only_its_own_organization_revokes_it(harbour: Organization, fleet: Fleet) -> None:
    token, text = new(harbour)
    with pytest.raises(NotFound):
        manage_access_tokens.revoke(EVERYWHERE, fleet.organization().id, token.id, BY)
    assert opens(text)


def test_one_of_a_disabled_organization_is_refused_until_it_is_enabled(harbour: Organization) -> None:
    _, text = new(harbour)
    manage_organizations.set_active(EVERYWHERE, harbour.id, False, BY)
    assert not opens(text)
    with pytest.raises(Disabled):
        new(harbour)
    manage_organizations.set_active(EVERYWHERE, harbour.id, True, BY)
    assert opens(text)


def test_one_that_was_changed_meanwhile_is_not_written(harbour: Organization) -> None:
    token, _ = new(harbour)
    transact(AccessTokens.store_writes(EVERYWHERE, token.next(organization_active=False)))
    for writes in (AccessTokens.store_writes(EVERYWHERE, token.next(name="x")), AccessTokens.delete_writes(EVERYWHERE, token)):
        with pytest.raises(Refused) as refused:
            transact(writes)
        assert refused.value.failed == {CHANGED}
    stored = fetch(EVERYWHERE, AccessTokens.by_id(token.id))
    assert stored is not None
    assert (stored.name, stored.organization_active) == ("reader", False)


def test_the_token_of_a_device_sees_that_device_and_those_it_is_allowed(harbour: Organization) -> None:
    token, _ = new(harbour)
    assert token.visible is None
    assert token.changed(device="a" * 24, devices=("b" * 24,)).visible == frozenset({"a" * 24, "b" * 24})
    assert token.changed(device="a" * 24).visible == frozenset({"a" * 24})
