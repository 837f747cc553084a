"""POST /v4/session (contract, 10.1)."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.identity import authenticate
from functions.wisdm.session import create as sign_in
from tests.contract.wisdm.office import Office
from tests.contract.wisdm.tenant import failing, meanwhile, refused, rows
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.harness.recorder import Recorder

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
ELSEWHERE = "198.51.100.7"


@pytest.fixture
def office(fleet: Fleet) -> Office:
    return Office.open(fleet)


@pytest.fixture
def guarded(fleet: Fleet) -> Office:
    """One whose administrator has an authenticator."""
    return Office.open(fleet, totp=True)


def wrong(office: Office, times: int, **more: Any) -> list[int]:
    return [office.sign_in(password="wrong horse 9!!", **more).status for _ in range(times)]


def test_answers_a_token_and_when_it_ends(office: Office) -> None:
    with time_machine.travel(NOON, tick=False):
        answer = office.sign_in()
    assert answer.status == 201
    assert re.fullmatch(r"wds_[A-Za-z0-9_-]{16}_[A-Za-z0-9_-]{43}", answer.json["token"])
    assert answer.json == {"token": answer.json["token"], "expiresAt": "2026-01-05T13:00:00Z"}
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_token_opens_the_console_for_an_hour(office: Office) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        token = office.sign_in().json["token"]
        signed_in = Office(office.fleet, office.organization, office.key, office.person, token)
        clock.move_to(NOON + timedelta(minutes=59, seconds=59))
        assert signed_in.keys().status == 200
        clock.move_to(NOON + timedelta(hours=1))
        assert refused(signed_in.keys(), 401) == "Unauthorized"


def test_the_email_counts_in_any_case(office: Office) -> None:
    assert office.sign_in(email=office.person.user.email.upper()).status == 201


def test_an_authenticator_is_asked_for_its_code(guarded: Office) -> None:
    assert guarded.sign_in().status == 201


def test_without_an_authenticator_a_code_means_nothing(office: Office) -> None:
    assert office.sign_in(verificationCode="123456").status == 201


def test_every_wrong_proof_has_one_answer(guarded: Office) -> None:
    code = guarded.person.code()
    bad = [
        guarded.sign_in(password="wrong horse 9!!"),
        guarded.sign_in(verificationCode=None),
        guarded.sign_in(verificationCode=f"{(int(code or 0) + 1) % 10**6:06d}"),
        guarded.sign_in(email="nobody@example.com", verificationCode=code),
    ]
    assert {refused(answer, 401) for answer in bad} == {"Unauthorized"}
    assert len({answer.content for answer in bad}) == 1


def test_a_code_is_accepted_once(guarded: Office) -> None:
    code = guarded.person.code()
    assert [guarded.sign_in(verificationCode=code).status for _ in range(2)] == [201, 401]


def test_a_code_that_is_used_at_the_same_time_is_accepted_once(guarded: Office) -> None:
    code = guarded.person.code()
    meanwhile(lambda: guarded.sign_in(verificationCode=code))
    assert guarded.sign_in(verificationCode=code).status == 401


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 201), (0, 201), (1, 201), (2, 401)])
def test_a_clock_may_be_off_by_one_step(guarded: Office, steps: int, status: int) -> None:
    with time_machine.travel(NOON, tick=False):
        code = authenticate.code_at(guarded.person.seed or b"", authenticate.step_of(NOON) + steps)
        assert guarded.sign_in(verificationCode=code).status == status


def test_no_code_of_an_earlier_step_is_good_after_a_later_one(guarded: Office) -> None:
    with time_machine.travel(NOON, tick=False):
        later, earlier = (authenticate.code_at(guarded.person.seed or b"", authenticate.step_of(NOON) + steps) for steps in (1, 0))
        assert [guarded.sign_in(verificationCode=code).status for code in (later, earlier)] == [201, 401]


def test_codes_are_those_of_the_standard() -> None:
    """RFC 4226, appendix D; RFC 6238, appendix B, cut to six digits."""
    seed = b"12345678901234567890"
    assert [authenticate.code_at(seed, step) for step in range(5)] == ["755224", "287082", "359152", "969429", "338314"]
    times = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    assert {at: authenticate.code_at(seed, authenticate.step_of(datetime.fromtimestamp(at, UTC))) for at in times} == times


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
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
    ],
)
def test_what_has_the_wrong_shape_is_named(office: Office, changes: dict[str, Any], fields: list[str]) -> None:
    body = {"email": office.person.user.email, "password": office.person.password, **changes}
    assert failing(call(sign_in.handler, body=body)) == fields


def test_after_five_failures_even_the_right_password_waits(office: Office) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert wrong(office, 5) == [401] * 5
        clock.move_to(NOON + timedelta(minutes=5))
        answer = office.sign_in()
        assert refused(answer, 429)
        assert answer.headers["Retry-After"] == "600"
        clock.move_to(NOON + timedelta(minutes=15))
        assert office.sign_in().status == 201


def test_failures_pass_one_by_one(office: Office) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        for minute in range(5):
            clock.move_to(NOON + timedelta(minutes=2 * minute))
            assert wrong(office, 1) == [401]
        assert wrong(office, 1) == [429]
        clock.move_to(NOON + timedelta(minutes=15))
        assert wrong(office, 2) == [401, 429]


def test_whoever_waits_is_not_counted(office: Office) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        wrong(office, 5)
        clock.move_to(NOON + timedelta(minutes=14))
        assert wrong(office, 20) == [429] * 20
        clock.move_to(NOON + timedelta(minutes=15))
        assert office.sign_in().status == 201


def test_an_account_that_is_not_there_is_counted_too(office: Office) -> None:
    assert wrong(office, 6, email="nobody@example.com") == [401] * 5 + [429]


@pytest.mark.parametrize("totp", [False, True])
def test_an_account_that_is_not_there_takes_as_long(fleet: Fleet, signed: Recorder, totp: bool) -> None:
    """The same requests, and a password's hash is computed: the better part of the time."""
    office = Office.open(fleet, totp=totp)
    assert office.sign_in().status == 201  # the organization's key is at hand

    def cost(email: str) -> tuple[float, list[str]]:
        signed.clear()
        begun = time.process_time()
        assert office.sign_in(email=email, password="wrong horse 9!!").status == 401
        return time.process_time() - begun, list(signed.requests)

    known, unknown = ([cost(email) for _ in range(3)] for email in (office.person.user.email, "nobody@example.com"))
    assert {tuple(requests) for _, requests in known} == {tuple(requests) for _, requests in unknown}
    assert min(unknown)[0] > min(known)[0] / 2


def test_wrong_codes_count(guarded: Office) -> None:
    assert [guarded.sign_in(verificationCode=None).status for _ in range(6)] == [401] * 5 + [429]


def test_failures_from_anywhere_count_for_the_account(office: Office) -> None:
    assert [wrong(office, 1, source=f"198.51.100.{number}")[0] for number in range(1, 7)] == [401] * 5 + [429]


def test_nobody_elsewhere_can_lock_out_who_signed_in_before(office: Office) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        assert office.sign_in().status == 201
        clock.move_to(NOON + timedelta(days=29))
        assert wrong(office, 6, source=ELSEWHERE) == [401] * 5 + [429]
        assert office.sign_in(source=ELSEWHERE).status == 429
        assert office.sign_in().status == 201


def test_a_familiar_address_waits_for_its_own_failures(office: Office) -> None:
    office.sign_in()
    assert wrong(office, 6) == [401] * 5 + [429]
    assert office.sign_in().status == 429


def test_an_address_is_familiar_for_thirty_days(office: Office) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        office.sign_in()
        clock.move_to(NOON + timedelta(days=30))
        wrong(office, 5, source=ELSEWHERE)
        assert office.sign_in().status == 429


def test_an_ipv6_network_is_one_address(office: Office) -> None:
    office.sign_in(source="2001:db8:1:2::1")
    wrong(office, 5, source=ELSEWHERE)
    assert office.sign_in(source="2001:db8:1:2:ffff::9").status == 201
    assert office.sign_in(source="2001:db8:1:3::1").status == 429


def test_guesses_made_at_once_are_answered_one_after_the_other(office: Office) -> None:
    """Five failures come in between: the right password, checked before any of them was counted, waits too."""
    meanwhile(lambda: wrong(office, 5))
    assert office.sign_in().status == 429


def test_a_try_that_another_came_before_still_counts(office: Office) -> None:
    meanwhile(lambda: wrong(office, 1))
    assert wrong(office, 1) == [401]
    assert wrong(office, 4) == [401] * 3 + [429]


def test_an_end_of_one_session_leaves_the_others(office: Office) -> None:
    office.sign_in()
    assert office.sign_out().status == 204
    assert refused(office.keys(), 401) == "Unauthorized"


def test_nothing_that_is_kept_tells_a_secret(guarded: Office) -> None:
    token = guarded.sign_in().json["token"]
    guarded.sign_in(password="blue-anchor at dawn", email="typo.of.a.password@example.com", verificationCode="123456")
    kept = repr(rows())
    for secret in (token[21:], guarded.person.password, "blue-anchor at dawn", "typo.of.a.password", (guarded.person.seed or b"").hex()):
        assert secret not in kept
    assert "$argon2id$v=19$m=19456,t=2,p=1$" in kept
