"""docs/security.md: which functions can do what would matter most in the wrong hands, held against the policies that are deployed."""

from __future__ import annotations

import re

import pytest

from fleet.grants import Grant
from muster.generate.resources import RESOURCES, TABLES
from muster.home import ROOT
from tests.architecture.test_differences import named_tests, names_of_tests
from tests.harness.recorder import covers
from tests.infrastructure.stacks import FUNCTIONS, allowed, deployed, project

PAGE = (ROOT / "docs/security.md").read_text()
ROW = re.compile(
    r"^\| (?P<what>[^|]+)"
    r" \| (?:(?P<verb>read|write|delete) `(?P<key>[^`|]+)`|`(?P<action>\w+:\w+)` on `(?P<resource>[^`|]+)`)"
    r" \| (?P<who>[^|]+) \|$",
    re.MULTILINE,
)
ROWS = [pytest.param(row, id=row["what"]) for row in ROW.finditer(PAGE)]
ACTIONS = {
    "read": ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"),
    "write": ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:BatchWriteItem"),
    "delete": ("dynamodb:DeleteItem", "dynamodb:BatchWriteItem"),
}
SAMPLES = {"organization": "0" * 24}
"""What stands for a part of a key where its length matters."""
ALLOWED = {function.name: allowed(stack, function) for stack in FUNCTIONS for function in deployed(stack) if function.name != "fallback"}
ROUTES = {f"every route of {api.dialect.name}": {each.route.name for each in api.routes} for api in project().apis}


def wanted(row: re.Match[str]) -> list[Grant]:
    """The requests that a row is about; who may send one of them is in it."""
    if row["action"]:
        return [Grant(row["resource"], row["action"])]
    key = re.sub(r"<([\w ]+)>", lambda part: SAMPLES.get(part[1], "x"), row["key"])
    return [Grant("FleetTable", action, key) for action in ACTIONS[row["verb"]]]


def named(who: str) -> set[str]:
    """The functions that a row names, one by one or as all routes of an API."""
    found: set[str] = set()
    for part in who.split(", "):
        found |= ROUTES.get(part.lower(), {part.strip("`")} - {"none"})
    return found


@pytest.mark.parametrize("row", ROWS)
def test_the_page_names_the_functions_that_can(row: re.Match[str]) -> None:
    can = {name for name, grants in ALLOWED.items() if any(covers(grant, each) for grant in grants for each in wanted(row))}
    if counted := re.fullmatch(r"(\d+) functions", row["who"]):
        assert len(can) == int(counted[1]), sorted(can)
    else:
        assert can == named(row["who"])


@pytest.mark.parametrize("row", ROWS)
def test_what_a_row_is_about_exists(row: re.Match[str]) -> None:
    """Else nobody could do it whatever the policies say."""
    if row["action"]:
        assert row["resource"].partition("/")[0] in RESOURCES
    else:
        assert f"`{row['key'].partition('<')[0]}" in (ROOT / "docs/access-patterns.md").read_text()


def test_every_row_is_read() -> None:
    (table,) = re.findall(r"^\| whoever .*\n\|-.*\n((?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert len(ROWS) == table.count("\n") > 0, "a row has three cells: what, 'read|write|delete `KEY`' or '`action` on `resource`', who"


def test_rows_are_reached_by_their_keys_alone() -> None:
    """No scan, no index, no PartiQL, no export: what a function reads of a table, it has to name."""
    on_tables = {grant.action.partition(":")[2] for grants in ALLOWED.values() for grant in grants if grant.resource in TABLES}
    assert on_tables == {"BatchGetItem", "BatchWriteItem", "ConditionCheckItem", "DeleteItem", "PutItem", "Query", "UpdateItem"}


def test_a_fallback_may_do_nothing() -> None:
    fallbacks = [allowed(stack, function) for stack in FUNCTIONS for function in deployed(stack) if function.name == "fallback"]
    assert fallbacks == [set() for _ in project().apis]


def test_no_function_reads_logs_or_changes_permissions() -> None:
    services = {grant.action.partition(":")[0] for grants in ALLOWED.values() for grant in grants}
    assert services == {"dynamodb", "kms", "s3", "secretsmanager", "ses", "sqs", "sts"}


def test_the_page_names_tests_that_exist() -> None:
    assert named_tests(PAGE)
    assert named_tests(PAGE) <= names_of_tests()
