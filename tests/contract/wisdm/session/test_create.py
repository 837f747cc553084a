"""POST /v4/session (wisdm.md 10.1)."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.identity import authenticate
from functions.wisdm.session import create as sign_in
from tests.contract.wisdm.answers import invalid_fields, refusal_message
from tests.contract.wisdm.console import WRONG, Console
from tests.contract.wisdm.stored import items_written, restored_after_each
from tests.harness.call import call
from tests.harness.interference import before_next_transaction
from tests.harness.recorder import Recorder

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
ELSEWHERE = "198.51.100.7"


def wrong(console: Console, times: int, **more: Any) -> list[int]:
    return [console.sign_in(**WRONG, **more).status for _ in range(times)]


def test_answers_a_token_and_when_it_ends(console: Console) -> None:
    with time_machine.travel(NOON, tick=False):
        answer = console.sign_in()
    assert answer.status == 201
    assert re.fullmatch(r"wds_[A-Za-z0-9_-]{16}_[A-Za-z0-9_-]{43}", answer.json["token"])
    assert answer.json == {"token": answer.json["token"], "expiresAt": "2026-01-05T13:00:00Z"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_token_opens_the_console_for_an_hour(console: Console) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        token = console.sign_in().json["token"]
        signed_in = replace(console, token=token)
        clock.move_to(NOON + timedelta(minutes=59, seconds=59))
        assert signed_in.keys().status == 200
        clock.move_to(NOON + timedelta(hours=1))
        assert refusal_message(signed_in.keys(), 401) == "Unauthorized"


def test_the_email_counts_in_any_case(console: Console) -> None:
    assert console.sign_in(email=console.console_user.user.email.upper()).status == 201


def test_an_authenticator_is_asked_for_its_code(guarded_console: Console) -> None:
    assert guarded_console.sign_in().status == 201


def test_without_an_authenticator_a_code_means_nothing(console: Console) -> None:
    assert console.sign_in(verificationCode="123456").status == 201


def test_every_wrong_proof_has_one_answer(guarded_console: Console) -> None:
    code = guarded_console.console_user.code()
    bad = [
        guarded_console.sign_in(**WRONG),
        guarded_console.sign_in(verificationCode=None),
        guarded_console.sign_in(verificationCode=f"{(int(code or 0) + 1) % 10**6:06d}"),
        guarded_console.sign_in(email="nobody@example.com", verificationCode=code),
    ]
    assert {refusal_message(answer, 401) for answer in bad} == {"Unauthorized"}
    assert len({answer.content for answer in bad}) == 1


def test_a_code_is_accepted_once(guarded_console: Console) -> None:
    code = guarded_console.console_user.code()
    assert [guarded_console.sign_in(verificationCode=code).status for _ in range(2)] == [201, 401]


def test_who_sends_a_code_twice_is_not_counted(guarded_console: Console) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        code = guarded_console.console_user.code()
        before_next_transaction(lambda: guarded_console.sign_in(verificationCode=code))
        assert [guarded_console.sign_in(verificationCode=code).status for _ in range(7)] == [401] * 7
        clock.move_to(NOON + timedelta(minutes=2))
        assert guarded_console.sign_in().status == 201
        assert [guarded_console.sign_in(verificationCode=code, **WRONG).status for _ in range(6)] == [401] * 5 + [429]


def test_a_password_counts_however_its_letters_are_composed(console: Console) -> None:
    composed, apart = "caf\u00e9 horse 9!!", "cafe\u0301 horse 9!!"
    user = Console.open(console.fleet, tenant=console, password=authenticate.password_hash(apart))
    assert [user.sign_in(password=each).status for each in (composed, apart)] == [201, 201]


def test_a_code_that_is_used_at_the_same_time_is_accepted_once(guarded_console: Console) -> None:
    code = guarded_console.console_user.code()
    before_next_transaction(lambda: guarded_console.sign_in(verificationCode=code))
    assert guarded_console.sign_in(verificationCode=code).status == 401


def test_a_clock_may_be_off_by_one_step(guarded_console: Console) -> None:
    with time_machine.travel(NOON, tick=False):
        for steps, status in restored_after_each(((-2, 401), (-1, 201), (0, 201), (1, 201), (2, 401))):
            code = authenticate.code_at(guarded_console.console_user.seed or b"", authenticate.step_of(NOON) + steps)
            assert guarded_console.sign_in(verificationCode=code).status == status, steps


def test_no_code_of_an_earlier_step_is_good_after_a_later_one(guarded_console: Console) -> None:
    with time_machine.travel(NOON, tick=False):
        later, earlier = (
            authenticate.code_at(guarded_console.console_user.seed or b"", authenticate.step_of(NOON) + steps) for steps in (1, 0)
        )
        assert [guarded_console.sign_in(verificationCode=code).status for code in (later, earlier)] == [201, 401]


def test_codes_are_those_of_the_standard() -> None:
    """RFC 4226, appendix D; RFC 6238, appendix B, cut to six digits."""
    seed = b"12345678901234567890"
    assert [authenticate.code_at(seed, step) for step in range(5)] == ["755224", "287082", "359152", "969429", "338314"]
    times = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    assert {at: authenticate.code_at(seed, authenticate.step_of(datetime.fromtimestamp(at, UTC))) for at in times} == times


BAD: list[tuple[dict[str, Any], list[str]]] = [
    ({"email": None}, ["email"]),
    ({"email": "nobody"}, ["email"]),
    ({"email": 5}, ["email"]),
    ({"password": None}, ["password"]),
    ({"password": ""}, ["password"]),
    ({"password": "x" * 257}, ["password"]),
    ({"password": "a\u0000b"}, ["password"]),
    ({"verificationCode": "12345"}, ["verificationCode"]),
    ({"verificationCode": "1234567"}, ["verificationCode"]),
    ({"verificationCode": "12345a"}, ["verificationCode"]),
    ({"verificationCode": 123456}, ["verificationCode"]),
    ({"verificationCode": "١٢٣٤٥٦"}, ["verificationCode"]),
]


def test_what_has_the_wrong_shape_is_named(console: Console) -> None:
    for changes, fields in BAD:
        body = {"email": console.console_user.user.email, "password": console.console_user.password, **changes}
        assert invalid_fields(call(sign_in.handler, body=body)) == fields, changes


def test_after_five_failures_even_the_right_password_waits(console: Console) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert wrong(console, 5) == [401] * 5
        clock.move_to(NOON + timedelta(minutes=5))
        answer = console.sign_in()
        assert refusal_message(answer, 429)
        assert answer.headers["Retry-After"] == "600"
        clock.move_to(NOON + timedelta(minutes=15))
        assert console.sign_in().status == 201


def test_failures_pass_one_by_one(console: Console) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for minute in range(5):
            clock.move_to(NOON + timedelta(minutes=2 * minute))
            assert wrong(console, 1) == [401]
        assert wrong(console, 1) == [429]
        clock.move_to(NOON + timedelta(minutes=15))
        assert wrong(console, 2) == [401, 429]


def test_whoever_waits_is_not_counted(console: Console) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        wrong(console, 5)
        clock.move_to(NOON + timedelta(minutes=14))
        assert wrong(console, 20) == [429] * 20
        clock.move_to(NOON + timedelta(minutes=15))
        assert console.sign_in().status == 201


def test_an_account_that_is_not_there_is_counted_too(console: Console) -> None:
    assert wrong(console, 6, email="nobody@example.com") == [401] * 5 + [429]


@pytest.mark.parametrize("totp", [False, True])
def test_an_account_that_is_not_there_takes_as_long(console: Console, aws_requests: Recorder, totp: bool) -> None:
    """The same requests, including the password hash, which takes most of the time."""
    console = Console.open(console.fleet, tenant=console, totp=totp, slow_hash=True)
    assert console.sign_in().status == 201  # the organization's key is at hand

    def cost(email: str) -> tuple[float, list[str]]:
        aws_requests.clear()
        begun = time.process_time()
        assert console.sign_in(email=email, **WRONG).status == 401
        return time.process_time() - begun, list(aws_requests.requests)

    known, unknown = ([cost(email) for _ in range(3)] for email in (console.console_user.user.email, "nobody@example.com"))
    assert {tuple(requests) for _, requests in known} == {tuple(requests) for _, requests in unknown}
    assert min(unknown)[0] > min(known)[0] / 2


def test_an_empty_code_is_as_one_left_out(console: Console, guarded_console: Console) -> None:
    assert console.sign_in(verificationCode="").status == 201
    assert guarded_console.sign_in(verificationCode="").status == 401


def test_wrong_codes_count(guarded_console: Console) -> None:
    assert [guarded_console.sign_in(verificationCode=None).status for _ in range(6)] == [401] * 5 + [429]


def test_failures_from_anywhere_count_for_the_account(console: Console) -> None:
    assert [wrong(console, 1, source=f"198.51.100.{number}")[0] for number in range(1, 7)] == [401] * 5 + [429]


def test_nobody_elsewhere_can_lock_out_who_signed_in_before(console: Console) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert console.sign_in().status == 201
        clock.move_to(NOON + timedelta(days=29))
        assert wrong(console, 6, source=ELSEWHERE) == [401] * 5 + [429]
        assert console.sign_in(source=ELSEWHERE).status == 429
        assert console.sign_in().status == 201


def test_a_familiar_address_waits_for_its_own_failures(console: Console) -> None:
    console.sign_in()
    assert wrong(console, 6) == [401] * 5 + [429]
    assert console.sign_in().status == 429


def test_an_address_is_familiar_for_thirty_days(console: Console) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        console.sign_in()
        clock.move_to(NOON + timedelta(days=30))
        wrong(console, 5, source=ELSEWHERE)
        assert console.sign_in().status == 429


def test_an_ipv6_network_is_one_address(console: Console) -> None:
    console.sign_in(source="2001:db8:1:2::1")
    wrong(console, 5, source=ELSEWHERE)
    assert console.sign_in(source="2001:db8:1:2:ffff::9").status == 201
    assert console.sign_in(source="2001:db8:1:3::1").status == 429


def test_an_address_that_tries_many_accounts_waits(console: Console) -> None:
    """One guess for each of many accounts. Whoever signed in from there before is not held up, nor is anybody elsewhere."""
    other = Console.open(console.fleet, tenant=console)
    assert console.sign_in(source=ELSEWHERE).status == 201
    guesses = [console.sign_in(email=f"nobody{number}@example.com", source=ELSEWHERE, **WRONG).status for number in range(21)]
    assert guesses == [401] * 20 + [429]
    assert other.sign_in(source=ELSEWHERE).status == 429
    assert console.sign_in(source=ELSEWHERE).status == 201
    assert other.sign_in().status == 201


def test_guesses_made_at_once_are_answered_one_after_the_other(console: Console) -> None:
    """Five concurrent failures: the right password, checked before any of them was counted, is delayed too."""
    before_next_transaction(lambda: wrong(console, 5))
    assert console.sign_in().status == 429


def test_a_try_that_another_came_before_still_counts(console: Console) -> None:
    before_next_transaction(lambda: wrong(console, 1))
    assert wrong(console, 1) == [401]
    assert wrong(console, 4) == [401] * 3 + [429]


def test_an_end_of_one_session_leaves_the_others(console: Console) -> None:
    console.sign_in()
    assert console.sign_out().status == 204
    assert refusal_message(console.keys(), 401) == "Unauthorized"


def test_nothing_that_is_kept_tells_a_secret(console: Console) -> None:
    with items_written() as rows:
        guarded_console = Console.open(console.fleet, tenant=console, totp=True, slow_hash=True)
        token = guarded_console.sign_in().json["token"]
        guarded_console.sign_in(password="blue-anchor at dawn", email="typo.of.a.password@example.com", verificationCode="123456")
    kept = repr(rows)
    for secret in (
        token[21:],
        guarded_console.console_user.password,
        "blue-anchor at dawn",
        "typo.of.a.password",
        (guarded_console.console_user.seed or b"").hex(),
    ):
        assert secret not in kept
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in kept
