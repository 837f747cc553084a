"""Whatever is done to users, in any order, their rows are those that follow from the users as they are."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from fleet.access import EVERYWHERE
from fleet.aws import table
from fleet.errors import Conflict, NotFound
from fleet.identity import manage_users
from muster.operator import organization, user
from muster.operator.user import NoMember, NoUser
from tests.harness.aws import stored
from tests.harness.sizes import size

SLUGS = ("harbour", "meadow", "quay")
NAMES = ("ada", "Ada", "bob", "cyd")
KINDS = ("member", "manager", "manager/operator")
DEEDS = size(50, 1500)


def random_deed(chance: random.Random) -> Callable[[], object]:
    """A command with random names, which may be refused."""
    name, other, slug, kind = (chance.choice(each) for each in (NAMES, NAMES, SLUGS, KINDS))
    email = f"{other}@example.com"
    deeds: Sequence[Callable[[], object]] = (
        lambda: user.create(email, [f"{slug}:{kind}"], username=name, password="blue-anchor horse 9!"),
        lambda: user.rename(name, other, None),
        lambda: user.rename(name, None, email),
        lambda: user.join(name, f"{slug}:{kind}"),
        lambda: user.leave(name, slug),
        lambda: user.disable(name),
        lambda: user.enable(name),
        lambda: user.delete(name),
        lambda: organization.set_active(slug, chance.random() < 0.7),
    )
    return chance.choice(deeds)


def rows() -> set[tuple[str, str, str]]:
    """The rows that lead to users: keys, and the id or the organization that each holds."""
    found = [(row["pk"]["S"], row["sk"]["S"], row) for row in stored(table.table())]
    leading = ("UNIQUE#EMAIL#", "UNIQUE#USERNAME#", "USERS")
    own = [each for each in found if each[0].startswith(leading) or each[0].endswith("#MEMBERS")]
    return {(pk, sk, row.get("id", row.get("org", {"S": ""}))["S"]) for pk, sk, row in own}


def expected() -> set[tuple[str, str, str]]:
    found = set()
    for each in manage_users.list_users(EVERYWHERE):
        found |= {
            (f"UNIQUE#EMAIL#{each.email.casefold()}", "UNIQUE", each.id),
            (f"UNIQUE#USERNAME#{each.username.casefold()}", "UNIQUE", each.id),
            ("USERS", each.id, ""),
            *((f"ORG#{one.organization}#MEMBERS", each.id, one.organization) for one in each.memberships),
        }
    return found


@pytest.mark.parametrize("seed", range(2))
def test_the_rows_follow_from_the_users(cloud: dict[str, str], seed: int) -> None:
    chance, done = random.Random(seed), 0
    for slug in SLUGS:
        organization.create(slug.title(), slug)
    for _ in range(DEEDS):
        try:
            random_deed(chance)()
            done += 1
        except (Conflict, NotFound, NoMember, NoUser):
            continue
    assert done > DEEDS / 4
    assert rows() == expected()
    active = {each.id: each.active for each in organization.list_all()}
    for each in manage_users.list_users(EVERYWHERE):
        assert {one.organization: one.organization_active for one in each.memberships}.items() <= active.items()
