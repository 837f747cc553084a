"""Writes that are refused, and which condition it was; and those that meet others on their items, which an AWS in memory never has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws import clients, series_rows
from fleet.aws.backoff import ATTEMPTS, BUDGET, Clock, longest_wait
from fleet.aws.reads import fetch, unchecked_item
from fleet.aws.retrying import retrying
from fleet.aws.table import Item
from fleet.aws.writes import Refused, Write, attempt, transact, unchanged, write_alone
from fleet.errors import FleetError, Stale, TooMany
from tests.harness.aws import partition
from tests.harness.interference import answered
from tests.harness.recorder import Recorder
from tests.suite.routes import every_route

KEY, OTHER = ("GROUP#1", "GROUP"), ("GROUP#2", "GROUP")
BOTH = [Write.put(KEY, {}), Write.put(OTHER, {})]
CLASH = {
    "Error": {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"},
    "CancellationReasons": [{"Code": "None"}, {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}],
}
ALONE = {"Error": {"Code": "TransactionConflictException", "Message": "Transaction is ongoing for the item"}}
pytestmark = pytest.mark.usefixtures("cloud")


@contextmanager
def clashes(
    times: int, operation: str = "TransactWriteItems", clash: Any = CLASH, takes: Callable[[], None] = lambda: None
) -> Iterator[list[str]]:
    """Have so many attempts answered as DynamoDB does when another transaction is at the items; the attempts. `takes` passes their time."""
    attempts: list[str] = []

    def answer(_: Any) -> Any:
        attempts.append("attempt")
        takes()
        return clash if len(attempts) <= times else None

    with answered(operation, answer):
        yield attempts


class FakeTime:
    """Time that passes when somebody waits, at once."""

    def __init__(self) -> None:
        self.at = 0.0
        self.clock = Clock(lambda: self.at, self.pass_by)

    def pass_by(self, seconds: float) -> None:
        self.at += seconds


def stored() -> Item | None:
    return fetch(EVERYWHERE, unchecked_item(KEY))


class TestMeetingOthers:
    def test_a_transaction_waits_for_its_turn(self) -> None:
        with clashes(4) as attempts:
            transact(BOTH)
        assert len(attempts) == 5
        assert stored() is not None

    def test_so_does_a_write_alone(self) -> None:
        with clashes(4, "PutItem", ALONE) as attempts:
            write_alone(Write.put(KEY, {}))
        assert len(attempts) == 5
        assert stored() is not None

    def test_so_does_a_row_of_a_series(self) -> None:
        new, later = "attribute_not_exists(pk)", 2_000_000_000
        with clashes(4, "PutItem", ALONE) as attempts:
            assert series_rows.store("POINTS#1", "1", {}, new)
        assert len(attempts) == 5
        with clashes(4, "PutItem", ALONE) as attempts:
            assert series_rows.first("FIRST#1", "1", 7.5, later - 1, later) == 7.5
        assert len(attempts) == 5

    @pytest.mark.parametrize(("left_out", "requests"), [(0, 2), (3, 5), (100, ATTEMPTS)])
    def test_what_a_batch_leaves_out_is_sent_again(self, left_out: int, requests: int) -> None:
        late: Any = {"PutRequest": {"Item": {"pk": {"S": "LATE#1"}, "sk": {"S": "1"}}}}
        answers: list[Any] = []

        def leave_out(parsed: dict[str, Any], **_: Any) -> None:
            answers.append(parsed)
            parsed["UnprocessedItems"] = {"SeriesTable": [late]} if len(answers) <= left_out else {}

        events = clients.dynamodb().meta.events
        events.register("after-call.dynamodb.BatchWriteItem", leave_out, unique_id="leave-out")
        try:
            with pytest.raises(TooMany) if left_out == 100 else nullcontext():
                series_rows.store_each({"pk": {"S": "POINTS#1"}, "sk": {"S": f"{number:02d}"}} for number in range(30))
        finally:
            events.unregister("after-call.dynamodb.BatchWriteItem", unique_id="leave-out")
        assert len(answers) == requests
        assert len(partition("SeriesTable", "POINTS#1")) == (25 if left_out == 100 else 30)
        assert len(partition("SeriesTable", "LATE#1")) == (1 if left_out else 0)

    def test_one_that_never_gets_its_turn_is_told_to_come_back(self) -> None:
        with clashes(100) as attempts, pytest.raises(TooMany):
            transact(BOTH)
        assert len(attempts) == ATTEMPTS
        with clashes(100, "PutItem", ALONE) as attempts, pytest.raises(TooMany):
            write_alone(BOTH[0])
        assert len(attempts) == ATTEMPTS
        assert stored() is None


class TestConditions:
    def test_those_that_failed_are_named(self) -> None:
        transact(BOTH)
        with pytest.raises(Refused) as refused:
            transact(
                [
                    Write.put(OTHER, {}, named="name-taken"),
                    Write.put(("GROUP#3", "GROUP"), {}),
                    Write.delete(KEY, "things = :none", none={"N": "0"}),
                ]
            )
        assert refused.value.failed == {"name-taken", "group-changed"}

    def test_their_names_follow_from_what_they_are(self) -> None:
        transact([Write.put(KEY, {"version": {"N": "2"}})])
        for write, name in (
            (Write.put(KEY, {}), "group-taken"),
            (Write.update(OTHER, "SET a = b"), "group-gone"),
            (Write.delete(OTHER), "group-gone"),
            (Write.put(KEY, {}, **unchanged(1)), "group-changed"),
            (Write.put(KEY, {}, **unchanged(0)), "group-taken"),
        ):
            for do in (write_alone, lambda each: transact([each])):
                with pytest.raises(Refused) as refused:
                    do(write)
                assert refused.value.failed == {name}

    def test_a_write_without_one_has_no_name(self) -> None:
        assert Write.put(KEY, {}, None, named="anything").condition is None

    def test_whether_they_hold_can_be_asked(self) -> None:
        assert attempt(BOTH[0])
        assert not attempt(BOTH[0])
        assert not attempt(*BOTH)
        assert attempt(Write.delete(KEY), BOTH[1])


def test_one_write_alone_is_no_transaction(aws_requests: Recorder) -> None:
    for write in (Write.put(KEY, {}), Write.update(KEY, "SET things = :one", one={"N": "1"}), Write.delete(KEY)):
        write_alone(write)
    transact([])
    assert aws_requests.requests == ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]


class TestBudget:
    """How long loops of attempts go on that never get through, on a clock that nobody waits for."""

    def test_loops_inside_others_end_with_the_outermost(self) -> None:
        """Each attempt takes a second. With a deadline for each loop there would be some hundred of them."""
        time = FakeTime()

        def decide(_: object) -> None:
            with suppress(TooMany):
                transact(BOTH)
            raise Refused({"group-changed"})

        def settle(_: object) -> None:
            with suppress(Stale):
                retrying(EVERYWHERE, unchecked_item(KEY), decide)
            raise Refused({"group-changed"})

        with clashes(10_000, takes=lambda: time.pass_by(1)) as attempts, pytest.raises(Stale):
            retrying(EVERYWHERE, unchecked_item(KEY), settle, clock=time.clock)
        assert BUDGET - longest_wait(ATTEMPTS) < time.at <= BUDGET + 1
        assert len(attempts) > ATTEMPTS

    def test_each_call_has_its_own(self) -> None:
        time = FakeTime()
        for _ in range(2):
            with pytest.raises(Stale):
                retrying(EVERYWHERE, unchecked_item(KEY), self.late(time), clock=time.clock)
        assert time.at == 2 * BUDGET

    def test_there_is_always_a_first_attempt(self) -> None:
        time = FakeTime()

        def store(_: object) -> None:
            time.pass_by(2 * BUDGET)
            transact(BOTH)

        retrying(EVERYWHERE, unchecked_item(KEY), store, clock=time.clock)
        assert stored() is not None

    def test_it_leaves_a_route_time_for_the_rest(self) -> None:
        of_a_read = sum(map(longest_wait, range(ATTEMPTS)))
        assert 2 * of_a_read + BUDGET < min(entry.route.timeout for entry in every_route()) - 2

    @staticmethod
    def late(time: FakeTime) -> Callable[[object], None]:
        """A decision that takes all of the time and is refused."""

        def decide(_: object) -> None:
            time.pass_by(BUDGET)
            raise Refused({"group-changed"})

        return decide


class TestDecidingAnew:
    READ = unchecked_item(KEY).map(lambda item: int(item["version"]["N"]) if item else 0)

    def bump(self, version: int) -> int:
        transact([Write.put(KEY, {"version": {"N": str(version + 1)}}, **unchanged(version))])
        return version + 1

    def test_what_was_decided_by_an_old_state_is_decided_again_by_the_new_one(self) -> None:
        self.bump(0)
        assert retrying(EVERYWHERE, self.READ, self.bump, first=9) == 2

    def test_the_state_is_read_unless_it_is_known(self, aws_requests: Recorder) -> None:
        assert retrying(EVERYWHERE, self.READ, self.bump) == 1
        assert retrying(EVERYWHERE, self.READ, self.bump, first=1) == 2
        assert aws_requests.requests == ["dynamodb:BatchGetItem", "dynamodb:TransactWriteItems", "dynamodb:TransactWriteItems"]

    def test_it_ends_after_a_number_of_attempts(self) -> None:
        seen: list[int] = []

        def decide(version: int) -> None:
            seen.append(version)
            raise Refused({"group-changed"})

        for busy, error in ((None, Stale), (TooMany("Come back later"), TooMany)):
            seen.clear()
            with pytest.raises(error):
                retrying(EVERYWHERE, self.READ, decide, busy=busy)
            assert len(seen) == ATTEMPTS

    def test_a_refusal_that_no_other_state_would_change_is_raised_at_once(self) -> None:
        attempts: list[FleetError] = []

        def decide(version: int) -> None:
            attempts.append(Refused({"name-taken"}))
            raise attempts[-1]

        with pytest.raises(Refused) as refused:
            retrying(EVERYWHERE, self.READ, decide, on={"group-changed"})
        assert [refused.value] == attempts
