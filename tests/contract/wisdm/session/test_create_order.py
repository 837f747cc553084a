"""POST /v4/session: concurrent changes between the check of credentials and its counting (wisdm.md 10.1)."""

from __future__ import annotations

from functions.wisdm.api_key import create as create_key
from tests.contract.wisdm.console import READER, WRONG, Console
from tests.harness.call import call
from tests.harness.interference import before_next_transaction


def test_a_right_code_is_good_although_a_wrong_try_was_counted_meanwhile(guarded_console: Console) -> None:
    """A failed attempt does not use up a code."""
    proof = guarded_console.console_user.proof()
    before_next_transaction(lambda: guarded_console.sign_in(**WRONG, verificationCode=None))
    assert guarded_console.sign_in(**proof).status == 201
    assert guarded_console.sign_in(**proof).status == 401


def test_a_code_that_confirms_something_meanwhile_opens_no_session(guarded_console: Console) -> None:
    """Confirmations are counted separately, but share the used codes."""
    proof = guarded_console.console_user.proof()
    made: list[int] = []

    def confirm() -> None:
        body = {**READER, "confirmation": proof}
        made.append(call(create_key.handler, guarded_console.path, headers=guarded_console.bearer, body=body).status)

    before_next_transaction(confirm)
    assert guarded_console.sign_in(**proof).status == 401
    assert made == [201]
