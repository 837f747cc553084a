"""`muster audit` shows who signed in or got a token, who failed to, and from which address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from functions.thingsee.auth.create import handler as create_token
from functions.wisdm.session import create as sign_in
from muster.operator import organization, user
from tests.harness.aws import stored
from tests.harness.call import call
from tests.harness.recorder import Recorder
from tests.operator.console import Console

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
EMAIL, PASSWORD = "ada@harbour.example", "blue-anchor horse 9!"
HOME, ELSEWHERE = "203.0.113.5", "198.51.100.7"


@pytest.fixture
def ada(cloud: dict[str, str]) -> user.UserState:
    organization.create("Harbour", "harbour")
    return user.create(EMAIL, ["harbour:manager"], username="ada", password=PASSWORD)


def attempt(password: str, source: str, email: str = EMAIL) -> int:
    return call(sign_in.handler, body={"email": email, "password": password}, source=source).status


def attempts(muster: Console, *of: str) -> list[tuple[str, str, str]]:
    """Actor, action and source address of the entries that have one; sorted, as the tests stop the clock."""
    return sorted((each["actor"], each["action"], each["source"]) for each in muster("audit", *of, "--json").json if "source" in each)


def lives() -> set[timedelta]:
    """How long the entries about attempts stay."""
    rows = stored("FleetTable")
    ends = [row["ttl"]["N"] for row in rows if row["pk"]["S"].startswith("AUDIT#") and "ttl" in row]
    return {datetime.fromtimestamp(int(end), UTC) - NOON for end in ends}


def test_sign_ins_and_failed_ones_are_in_the_users_log_for_ninety_days(ada: user.UserState, muster: Console) -> None:
    with time_machine.travel(NOON, tick=False):
        assert [attempt("wrong", ELSEWHERE), attempt(PASSWORD, HOME)] == [401, 201]
        failed, signed_in = ("unknown", "user.sign_in_failed", ELSEWHERE), (ada.id, "user.signed_in", HOME)
        assert attempts(muster, "--user", "ada") == sorted([failed, signed_in])
        assert lives() == {timedelta(days=90)}
        lines = muster("audit", "--user", "ada").out.splitlines()
    assert f"2026-01-05 12:00:00 {EMAIL}: user.signed_in from {HOME}" in lines
    assert f"2026-01-05 12:00:00 unknown: user.sign_in_failed from {ELSEWHERE}" in lines


def test_of_any_number_of_guesses_those_are_in_the_log_that_are_counted(ada: user.UserState, muster: Console) -> None:
    with time_machine.travel(NOON, tick=False):
        assert [attempt("wrong", ELSEWHERE) for _ in range(30)] == [401] * 5 + [429] * 25
        assert len(attempts(muster, "--user", "ada")) == 5


def test_attempts_at_a_disabled_account_are_in_its_log(ada: user.UserState, muster: Console) -> None:
    muster("user", "disable", "--user", "ada")
    with time_machine.travel(NOON, tick=False):
        assert attempt(PASSWORD, HOME) == 401
        assert attempts(muster, "--user", "ada") == [("unknown", "user.sign_in_failed", HOME)]


def test_an_account_that_nobody_has_gets_no_log(ada: user.UserState, aws_requests: Recorder) -> None:
    """And costs the same requests."""
    costs = []
    for email in (EMAIL, "nobody@harbour.example"):
        assert attempt("wrong", ELSEWHERE, email) == 401  # the secret of hashes is at hand from now on
        aws_requests.clear()
        assert attempt("wrong", ELSEWHERE, email) == 401
        costs.append(list(aws_requests.requests))
    assert costs[0] == costs[1]
    assert sum(row["pk"]["S"].startswith("AUDIT#USER#") for row in stored("FleetTable")) == 2


def test_tokens_of_a_client_are_in_its_organizations_log_once_a_day_and_failures_each(ada: user.UserState, muster: Console) -> None:
    made = muster("thingsee-client", "create", "--organization", "harbour", "--client-id", "field-app", "--json").json

    def token(secret: str, source: str) -> int:
        body: dict[str, Any] = {"client_id": "field-app", "client_secret": secret}
        return call(create_token, body=body, source=source).status

    with time_machine.travel(NOON, tick=False) as clock:
        assert [token("wrong", ELSEWHERE), *(token(made["clientSecret"], HOME) for _ in range(3))] == [401] + [200] * 3
        refused, issued = ("unknown", "client.token_refused", ELSEWHERE), ("field-app", "client.token_issued", HOME)
        assert attempts(muster, "--organization", "harbour") == sorted([refused, issued])
        assert lives() == {timedelta(days=90)}
        clock.shift(timedelta(days=1))
        assert token(made["clientSecret"], HOME) == 200
        assert attempts(muster, "--organization", "harbour") == sorted([refused, issued, issued])
        assert (
            f"{NOON:%Y-%m-%d %H:%M:%S} unknown: client.token_refused field-app from {ELSEWHERE}"
            in muster("audit", "--organization", "harbour").out
        )
