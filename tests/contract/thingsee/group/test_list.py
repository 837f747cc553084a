"""GET /groups (thingsee.md 6.3)."""

from __future__ import annotations

from functions.thingsee.group.list import handler as list_groups
from tests.contract.thingsee.group.names import list_group_ids
from tests.contract.thingsee.tenant import Tenant, refusal_message

BUILT_IN = {"group_id": "unassigned", "group_description": ""}


def test_shows_all_by_code_point_with_the_built_in_one(tenant: Tenant) -> None:
    assert tenant.data(list_groups) == [BUILT_IN]  # another tenant has a group
    for name in ("zebra", "b", "B", "a.b", "a"):
        tenant.group(name, f"{name} here")
    assert list_group_ids(tenant) == ["B", "a", "a.b", "b", "unassigned", "zebra"]
    assert tenant.data(list_groups)[0] == {"group_id": "B", "group_description": "B here"}


def test_searches_ids_and_descriptions_in_any_case(tenant: Tenant) -> None:
    tenant.group("lobby", "Ground floor")
    tenant.group("cellar", "below the LOBBY")
    tenant.group("roof")
    for text, found in {"lOb": ["cellar", "lobby"], "SIGN": ["unassigned"], "nothing": [], "q" * 64: []}.items():
        assert list_group_ids(tenant, q=text) == found, text
    assert len(list_group_ids(tenant, q="")) == 4


def test_the_limit_cuts_off_but_never_the_built_in_one(tenant: Tenant) -> None:
    for name in ("a", "b", "zebra"):
        tenant.group(name)
    for limit, found in {"3": ["a", "b", "unassigned"], "2": ["a", "unassigned"], "1": ["unassigned"]}.items():
        assert list_group_ids(tenant, limit=limit) == found, limit
    assert list_group_ids(tenant, limit="1", q="a") == ["a"]
    assert len(list_group_ids(tenant, limit="1000")) == 4


def test_a_bad_query_is_400(tenant: Tenant) -> None:
    for query in ({"limit": "0"}, {"limit": "-1"}, {"limit": "1001"}, {"limit": "1.0"}, {"limit": "x"}, {"q": "q" * 65}):
        refusal_message(tenant.ask(list_groups, query=query), 400, query)


def test_unknown_parameters_are_ignored(tenant: Tenant) -> None:
    assert tenant.data(list_groups, query={"colour": "blue", "limit": ""}) == [BUILT_IN]
