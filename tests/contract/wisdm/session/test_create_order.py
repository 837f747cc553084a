"""POST /v4/session: what comes between the check of a proof and its being counted (contract, 10.1)."""

from __future__ import annotations

import pytest
from tests.contract.wisdm.office import READER, Office

from functions.wisdm.api_key import create as create_key
from tests.contract.wisdm.tenant import meanwhile
from tests.harness.call import call
from tests.harness.fleet import Fleet


@pytest.fixture
def guarded(fleet: Fleet) -> Office:
    """One whose administrator has an authenticator."""
    return Office.open(fleet, totp=True)


def test_a_right_code_is_good_although_a_wrong_try_was_counted_meanwhile(guarded: Office) -> None:
    """That try has used up no code."""
    proof = guarded.person.proof()
    meanwhile(lambda: guarded.sign_in(password="wrong horse 9!!", verificationCode=None))
    assert guarded.sign_in(**proof).status == 201
    assert guarded.sign_in(**proof).status == 401


def test_a_code_that_confirms_something_meanwhile_opens_no_session(guarded: Office) -> None:
    """Confirming is counted elsewhere; what the two have in common is the code."""
    proof = guarded.person.proof()
    made: list[int] = []

    def confirm() -> None:
        made.append(call(create_key.handler, guarded.path, headers=guarded.bearer, body={**READER, "confirmation": proof}).status)

    meanwhile(confirm)
    assert guarded.sign_in(**proof).status == 401
    assert made == [201]
