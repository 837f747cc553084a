"""Ids and their two spellings."""

from __future__ import annotations

import re
import uuid

import pytest
import time_machine

from fleet import ids

ID = "6b022f376a6218ce49ce9790"
UUID = "6b022f37-6a62-818c-8000-000e49ce9790"


def test_an_id_as_a_uuid() -> None:
    assert ids.to_uuid(ID) == UUID


def test_a_uuid_as_an_id() -> None:
    assert ids.from_uuid(UUID) == ID


def test_a_uuid_is_read_in_any_case() -> None:
    assert ids.from_uuid(UUID.upper()) == ID


def test_the_uuid_is_of_version_8() -> None:
    assert uuid.UUID(ids.to_uuid(ids.new_id())).version == 8


def test_there_and_back() -> None:
    made = [ids.new_id() for _ in range(100)]
    assert [ids.from_uuid(ids.to_uuid(id)) for id in made] == made


@pytest.mark.parametrize(
    "text", ["4fed110b-461b-4815-8bfc-4866b3b74c27", UUID.replace("-8000-", "-8001-"), UUID.replace("-000e", "-100e"), "x", ""], ids=str
)
def test_other_uuids_spell_no_id(text: str) -> None:
    assert ids.from_uuid(text) is None


@pytest.mark.parametrize("text", [ID.upper(), ID[:-1], ID + "0", "g" * 24, "", f"{ID}\n"], ids=ascii)
def test_what_is_no_id(text: str) -> None:
    assert not ids.is_id(text)
    with pytest.raises(ValueError, match="24 lower-case hex digits"):
        ids.to_uuid(text)


@time_machine.travel(0x6B022F37, tick=False)
def test_an_id_begins_with_its_second() -> None:
    assert re.fullmatch(r"6b022f37[0-9a-f]{16}", ids.new_id())


def test_ids_do_not_repeat() -> None:
    assert len({ids.new_id() for _ in range(1000)}) == 1000


def test_derived_uuids_are_the_same_for_the_same_names() -> None:
    assert ids.derived_uuid("a", "b") == ids.derived_uuid("a", "b")
    assert len({ids.derived_uuid("a", "b"), ids.derived_uuid("a", "c"), ids.derived_uuid("b", "b")}) == 3
