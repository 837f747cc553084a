"""Deferred reads: what they ask for, how they are composed, and what looking up anything else comes to."""

from __future__ import annotations

import pytest

from fleet.access import EVERYWHERE, Reach
from fleet.aws.reads import Found, NotAsked, Read, both, every, fetch, impossible, item, of_reach, unchecked_item
from fleet.aws.table import Item
from fleet.aws.writes import Write, transact
from fleet.errors import Invalid, NotFound
from tests.harness.recorder import Recorder

HERE, THERE = ("DEVICE#1", "DEVICE"), ("DEVICE#2", "DEVICE")
OWNER = Reach.of("owner")
STORED: Item = {"org": {"S": "owner"}, "name": {"S": "here"}}


def name(stored: Item) -> str:
    return stored["name"]["S"]


class TestWhatWasFound:
    def test_it_has_what_is_stored_and_none_for_what_is_not(self) -> None:
        found = Found([HERE, THERE], {HERE: STORED})
        assert found[HERE] == STORED
        assert found[THERE] is None

    def test_a_key_that_was_not_asked_for_is_a_mistake_and_named(self) -> None:
        with pytest.raises(NotAsked, match="DEVICE#2"):
            Found([HERE], {HERE: STORED})[THERE]

    def test_what_was_not_asked_for_is_not_merely_absent(self) -> None:
        """`optional` takes NotFound for an answer; a key that nobody asked for is none."""
        with pytest.raises(NotAsked):
            item(THERE, "Device").optional().parse(EVERYWHERE, Found([HERE]))


class TestAnItem:
    def test_it_is_there_for_whose_it_is(self) -> None:
        assert item(HERE, "Device").map(name).parse(OWNER, Found([HERE], {HERE: STORED})) == "here"

    def test_others_and_those_who_ask_for_nothing_stored_do_not_find_it(self) -> None:
        for reach, found in ((Reach.of("other"), Found([HERE], {HERE: STORED})), (OWNER, Found([HERE]))):
            with pytest.raises(NotFound, match="Device not found"):
                item(HERE, "Device").parse(reach, found)
            assert item(HERE, "Device").optional().parse(reach, found) is None


class TestReadsTogether:
    def test_they_ask_for_the_keys_of_all(self) -> None:
        names = every({"first": item(HERE, "Device").map(name), "second": item(HERE, "Device").map(name)})
        assert both(names, unchecked_item(THERE)).keys == [HERE, HERE, THERE]
        assert names.parse(OWNER, Found([HERE], {HERE: STORED})) == {"first": "here", "second": "here"}

    def test_the_error_of_the_first_goes_before_that_of_the_second(self) -> None:
        missing, wrong = item(HERE, "Device"), of_reach(_raise_invalid)
        for read, error in ((both(missing, wrong), NotFound), (both(wrong, missing), Invalid)):
            with pytest.raises(error):
                read.parse(OWNER, Found([HERE]))

    def test_behind_a_malformed_id_nothing_is_asked_for(self) -> None:
        read = both(both(impossible("Device"), item(HERE, "Place")), item(THERE, "Group"))
        assert read.keys == []
        with pytest.raises(NotFound, match="Device"):
            read.parse(OWNER, Found())

    def test_a_malformed_id_behind_another_leaves_that_to_be_judged_first(self) -> None:
        read = both(item(HERE, "Place"), impossible("Device"))
        for found, kind in ((Found([HERE]), "Place"), (Found([HERE], {HERE: STORED}), "Device")):
            with pytest.raises(NotFound, match=kind):
                read.parse(OWNER, found)

    def test_what_is_read_later_is_judged_later(self) -> None:
        device, later = both(item(HERE, "Device"), item(THERE, "Place").later()).parse(OWNER, Found([HERE, THERE], {HERE: STORED}))
        assert device == STORED
        with pytest.raises(NotFound, match="Place"):
            later()


class TestFetching:
    def test_a_hundred_keys_are_one_request(self, aws_requests: Recorder) -> None:
        transact([Write.put((f"DEVICE#{number}", "DEVICE"), {"name": {"S": str(number)}}) for number in range(100)])
        for count, requests in ((0, 0), (1, 1), (100, 1), (101, 2)):
            aws_requests.clear()
            reads = {number: unchecked_item((f"DEVICE#{number}", "DEVICE")) for number in range(count)}
            found = fetch(OWNER, every(reads))
            assert [number for number, stored in found.items() if stored] == list(range(min(count, 100)))
            assert len(aws_requests.requests) == requests


def _raise_invalid(reach: Reach) -> Read[None]:
    raise Invalid
