"""`muster secret`: credentials and tokens outlive a new version of their secret, also in containers that do not know it yet."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from fleet.aws.secret import FRESH, LEAD
from fleet.errors import Unauthenticated
from fleet.ids import to_uuid
from fleet.tenancy.organization import Organization
from fleet.tokens.identify_access_token import identify
from tests.harness.aws import SECRETS, forget, read_secrets, restore_secrets, secrets
from tests.harness.call import Response, call
from tests.harness.canary import MARK
from tests.harness.fleet import Fleet
from tests.harness.recorder import Recorder
from tests.operator.console import Console
from tests.suite.routes import every_route
from tests.workers.messages import NOW

CREDENTIALS = ("secret", "rotate", "--of", "credentials")
RETIRE = (*CREDENTIALS, "--retire")
ROUTES = {entry.route.name: entry for entry in every_route()}


@pytest.fixture
def depot(clock: time_machine.Traveller, fleet: Fleet) -> Organization:
    forget()
    read_secrets()  # by the clock of the test
    return fleet.organization()


def new_key(muster: Console, owner: Organization, name: str) -> str:
    made = muster("api-key", "create", "--organization", owner.slug, "--name", name, "--access", "READ_ONLY", "--days", "90", "--json")
    text: str = made.json["text"] if "text" in made.json else made.json["key"]
    return text


def new_token(muster: Console, owner: Organization) -> str:
    made = muster("token", "create", "--organization", owner.slug, "--name", "app", "--scope", "all.Application", "--json")
    text: str = made.json["token"]
    return text


def answer(key: str) -> int:
    return call(ROUTES["get_version"], headers={"X-API-KEY": key}).status


def token_answer(token: str) -> int:
    return call(ROUTES["list_groups"], headers={"Authorization": f"Bearer {token}"}).status


def rotate(muster: Console, *arguments: str) -> Any:
    return muster(*(arguments or CREDENTIALS), "--json").json


def test_a_new_version_is_used_once_every_container_knows_it(muster: Console, depot: Organization, clock: time_machine.Traveller) -> None:
    old = new_key(muster, depot, "old")
    before = secrets()
    rotate(muster)
    meanwhile = new_key(muster, depot, "meanwhile")
    assert [answer(old), answer(meanwhile)] == [200, 200]  # this container has read the secret before the rotation
    restore_secrets(before)  # nobody who has not read the new version needs it
    forget()
    assert [answer(old), answer(meanwhile)] == [200, 200]


def test_old_and_new_keys_are_good_in_a_container_that_had_read_the_old_secret(
    muster: Console, depot: Organization, clock: time_machine.Traveller, aws_requests: Recorder
) -> None:
    old = new_key(muster, depot, "old")
    rotate(muster)
    clock.shift(LEAD)
    aws_requests.clear()
    new = new_key(muster, depot, "new")
    assert [answer(old), answer(new)] == [200, 200]
    assert aws_requests.requests.count("secretsmanager:GetSecretValue") == 1


def test_a_wrong_key_does_not_have_the_secret_read(muster: Console, depot: Organization, aws_requests: Recorder) -> None:
    key = new_key(muster, depot, "old")
    aws_requests.clear()
    assert [answer(f"{key[:-43]}{number:043}") for number in range(5)] == [403] * 5
    assert "secretsmanager:GetSecretValue" not in aws_requests.requests


def test_retiring_shows_what_ends_and_ends_it_when_it_is_repeated_with_yes(
    muster: Console, depot: Organization, clock: time_machine.Traveller
) -> None:
    old = new_key(muster, depot, "old")
    muster("thingsee-client", "create", "--organization", depot.slug, "--client-id", "app", "--json")
    token = new_token(muster, depot)
    rotate(muster)
    clock.shift(LEAD)
    new = new_key(muster, depot, "new")
    shown = rotate(muster, *RETIRE)
    assert [(each["kind"], each["of"]) for each in shown["ends"]] == [
        ("access-token", depot.id),
        ("api-key", depot.id),
        ("thingsee-client", depot.id),
    ]
    assert identify(token, NOW, ())[0].id == shown["ends"][0]["id"]
    assert (shown["retired"], answer(old), answer(new)) == (False, 200, 200)
    assert "Nothing is retired yet" in muster(*RETIRE).out
    assert rotate(muster, *RETIRE, "--yes")["retired"]
    clock.shift(FRESH)
    assert [answer(old), answer(new)] == [403, 200]
    with pytest.raises(Unauthenticated):
        identify(token, NOW, ())
    assert "no version before the newest" in muster.refused(*RETIRE)


def test_a_version_that_is_not_used_yet_retires_no_other(muster: Console, depot: Organization) -> None:
    rotate(muster)
    assert "The newest version is used from" in muster.refused(*RETIRE, "--yes")
    assert "still accepted" in muster.refused(*CREDENTIALS)


def test_a_session_outlives_the_rotation_in_one_read_and_is_looked_for_under_the_old_version_for_its_life(
    fleet: Fleet, muster: Console, depot: Organization, clock: time_machine.Traveller, aws_requests: Recorder
) -> None:
    user = fleet.console_user(depot)
    rotate(muster)
    clock.shift(LEAD - 1)
    old = fleet.session(user)
    clock.shift(FRESH)
    new = fleet.session(user)
    listing = {"path": {"organizationId": to_uuid(depot.id)}}
    for session in (old, new):
        assert list_keys(session, listing).status == 200
    aws_requests.clear()
    assert list_keys(old, listing).status == 200
    assert aws_requests.requests.count("dynamodb:BatchGetItem") == 1
    clock.shift(timedelta(hours=1))
    assert list_keys(old, listing).status == 401


def list_keys(session: str, arguments: dict[str, Any]) -> Response:
    return call(ROUTES["list_api_keys"], headers={"Authorization": f"Bearer {session}"}, **arguments)


def test_a_sign_in_token_outlives_the_rotation_and_no_token_of_a_replaced_version_its_life(
    muster: Console, depot: Organization, clock: time_machine.Traveller
) -> None:
    made = muster("thingsee-client", "create", "--organization", depot.slug, "--client-id", "app", "--json").json

    def sign_in() -> str:
        body = {"client_id": "app", "client_secret": made["clientSecret"]}
        token: str = call(ROUTES["create_client_token"], body=body).json["data"]["token"]
        return token

    rotate(muster, "secret", "rotate", "--of", "sign-in")
    clock.shift(LEAD - 1)
    old = sign_in()
    clock.shift(FRESH)
    assert [token_answer(old), token_answer(sign_in())] == [200, 200]
    both = json.loads(secrets()["SignInSecret"])
    restore_secrets({**SECRETS, "SignInSecret": json.dumps({"0": both["0"]})})  # as whoever stole the old version
    clock.shift(LEAD + 15 * 60)
    forged = sign_in()
    restore_secrets({**SECRETS, "SignInSecret": json.dumps(both)})
    assert [token_answer(forged), token_answer(sign_in())] == [401, 200]


def test_each_is_in_the_log_of_the_secrets_and_the_list(muster: Console, depot: Organization, clock: time_machine.Traveller) -> None:
    assert [state["older"] for state in muster("secret", "list", "--json").json] == [0, 0, 0, 0]
    rotate(muster)
    clock.shift(LEAD)
    rotate(muster, *RETIRE, "--yes")
    entries = muster("audit", "--secrets", "--json").json
    assert [(entry["action"], entry["secret"]) for entry in entries] == [
        ("secret.rotated", "credentials"),
        ("secret.retired", "credentials"),
    ]
    assert all(entry["actor"].startswith("arn:aws:sts:") for entry in entries)
    assert "credentials: version used from 2026" in muster("secret", "list").out


def test_no_text_of_a_secret_is_printed(muster: Console, depot: Organization) -> None:
    printed = muster(*CREDENTIALS, "--json").out + muster("secret", "list").out
    texts = json.loads(secrets()["CredentialSecret"]).values()
    assert len(texts) == 2
    assert MARK not in printed
    assert not [text for text in texts if text in printed]
