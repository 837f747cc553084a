"""Thousands of things, a large group, and concurrent changes of groups."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest

from edge.entry import Entry
from fleet.access import EVERYWHERE
from fleet.alerts.alerts import Alerts
from fleet.registry import manage_groups
from functions.thingsee.group.create import handler as create
from functions.thingsee.group.delete import handler as delete
from functions.thingsee.group.get_of_thing import handler as get_of_thing
from functions.thingsee.group.list import handler as list_groups
from functions.thingsee.group.list_things import handler as list_things
from functions.thingsee.group.rename import handler as rename
from functions.thingsee.group.set_of_thing import handler as set_of_thing
from functions.thingsee.thing.count_alerting import handler as count_alerting
from functions.thingsee.thing.list_alerts import handler as list_alerts
from functions.workers.alert.evaluate import handler as evaluate
from functions.workers.uplink.receive import handler as receive
from tests.cloud.conftest import Cloud, running
from tests.cloud.many_things import gather
from tests.harness.call import Response, call, invoke
from tests.harness.fleet import Fleet
from tests.harness.meter import Meter
from tests.harness.sizes import size
from tests.harness.thingsee_world import MISSED, ThingseeWorld
from tests.workers.messages import deliver
from tests.workers.thing_messages import messages_of, things_message

pytestmark = pytest.mark.cloud

FEW, MANY, DUE, HALL = 100, size(3_000, 10_000), 50, size(1_500, 5_000)


def ask(thingsee_world: ThingseeWorld, entry: Entry, body: Any = None, **path: str) -> Response:
    """Call a route by a separate entry, since an entry serves one request at a time."""
    return call(entry.copy(), path, body=body, headers=thingsee_world.bearer)


def data(thingsee_world: ThingseeWorld, entry: Entry, body: Any = None, **path: str) -> Any:
    answer = ask(thingsee_world, entry, body, **path)
    assert answer.status == 200, answer.content
    return answer.json["data"]


@dataclass
class ManyThings:
    """Things of one organization. `quiet` maps a number of things to the requests of an evaluation when none is due."""

    thingsee_world: ThingseeWorld
    due: list[str]
    hall: list[str]
    quiet: dict[int, list[str]]


def run_evaluation() -> list[str]:
    """Run the scheduled worker; returns its requests."""
    with Meter() as meter:
        invoke(evaluate, {"time": datetime.now(UTC).isoformat()})
    return meter.requests


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with running(Cloud(tmp_path_factory.mktemp("cloud"), lasting=False)) as started:
        yield started


@pytest.fixture(scope="module")
def thingsee_world(cloud: Cloud) -> ThingseeWorld:
    return ThingseeWorld.of(Fleet())


@pytest.fixture(scope="module")
def many_things(thingsee_world: ThingseeWorld) -> ManyThings:
    """A few hundred things that were just heard, then thousands, some of which are due: half of them since three days."""
    now, organization = datetime.now(UTC), thingsee_world.organization.id
    yard, hall = (manage_groups.create(EVERYWHERE, organization, name, "") for name in ("yard", "hall"))
    quiet = {}
    gather(yard, FEW, now)
    quiet[FEW] = run_evaluation()
    members = gather(hall, HALL, now)
    gather(yard, MANY - FEW - HALL, now)
    quiet[MANY] = run_evaluation()
    due = [*gather(yard, DUE // 2, now - timedelta(hours=2)), *gather(yard, DUE // 2, now - timedelta(days=3))]
    return ManyThings(thingsee_world, due, members, quiet)


class Evaluation:
    """The scheduled worker in a process of its own, which pauses before each transaction."""

    SCRIPT = """
import sys, time
from fleet.aws import clients
from functions.workers.alert.evaluate import handler
rest = float(sys.argv[1])
clients.dynamodb().meta.events.register("before-call.dynamodb.TransactWriteItems", lambda **_: time.sleep(rest))
handler({"time": "2026-01-05T10:00:00Z"}, None)
"""

    def __init__(self, rest: float = 0.0) -> None:
        command = [sys.executable, "-c", self.SCRIPT, str(rest)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**os.environ, "POWERTOOLS_METRICS_NAMESPACE": "Muster"})

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def ended(self) -> bool:
        return self.process.wait(30) == 0


class TestEvaluation:
    def test_with_nothing_due_it_asks_the_same_of_thousands_of_things_as_of_a_hundred(self, many_things: ManyThings) -> None:
        assert many_things.quiet[MANY] == many_things.quiet[FEW] == ["Query"] * 4

    def test_what_is_due_gets_its_alert_once_also_late_after_a_death_half_way_and_twice_at_once(self, many_things: ManyThings) -> None:
        organization = many_things.thingsee_world.organization.id
        dying = Evaluation(rest=0.05)
        end = time.monotonic() + 30
        while len(Alerts.alerting(EVERYWHERE, organization)) < 5 and time.monotonic() < end:
            time.sleep(0.02)
        dying.kill()
        assert 5 <= len(Alerts.alerting(EVERYWHERE, organization)) < DUE, "it must die half-way"
        both = [Evaluation(rest=0.01) for _ in range(2)]
        assert [each.ended() for each in both] == [True, True]
        assert Alerts.alerting(EVERYWHERE, organization) == sorted(many_things.due)
        assert run_evaluation() == ["Query"] * 4
        assert data(many_things.thingsee_world, count_alerting) == {"alert_count": str(DUE)}
        for tuid in many_things.due:
            (alert,) = data(many_things.thingsee_world, list_alerts, tuid=tuid)
            assert (alert["alert_type"], len(alert["alerts"]), alert["alerts"][0]["to"]) == (MISSED, 1, None)


class TestGroupOfThousands:
    def test_is_renamed_at_one_instant_for_every_reader(self, many_things: ManyThings) -> None:
        """Each reader sees the old name everywhere up to one moment, and from then on the new one everywhere."""
        thingsee_world, member, stop = many_things.thingsee_world, many_things.hall[0], Event()
        gateway = thingsee_world.gateway()
        with ThreadPoolExecutor(3) as together:
            places: list[Callable[[int], str]] = [
                lambda number: self.arriving(thingsee_world, member, gateway, number),
                lambda _: self.holding(thingsee_world),
                lambda _: self.listed(thingsee_world),
            ]
            readers = [together.submit(self.watch, thingsee_world, member, place, stop) for place in places]
            try:
                time.sleep(0.7)
                renamed = data(thingsee_world, rename, {"group_id": "lounge"}, groupid="hall")
                time.sleep(0.7)
            finally:
                stop.set()
            seen = [reader.result() for reader in readers]
        assert renamed == {"group_id": "lounge", "old": "hall", "renamed": True}
        for names in seen:
            assert names == sorted(names, key=["hall", "lounge"].index)
            assert set(names) == {"hall", "lounge"}
        assert data(thingsee_world, list_things, groupid="lounge")["tuids"] == sorted(many_things.hall)
        assert ask(thingsee_world, list_things, groupid="hall").status == 404

    def test_is_renamed_within_the_budget_of_a_write(self, many_things: ManyThings) -> None:
        name = next(group["group_id"] for group in data(many_things.thingsee_world, list_groups) if group["group_id"] in ("hall", "lounge"))
        for before, after in ((name, "atrium"), ("atrium", name)):
            with Meter() as meter:
                data(many_things.thingsee_world, rename, {"group_id": after}, groupid=before)
            assert len(meter.requests) <= 3
            assert meter.writes <= 8
        assert len(data(many_things.thingsee_world, list_things, groupid=name)["tuids"]) == HALL

    @staticmethod
    def watch(thingsee_world: ThingseeWorld, member: str, place: Callable[[int], str], stop: Event) -> list[str]:
        """Read the name of a thing's group repeatedly, alternating between the thing and another place."""
        found: list[str] = []
        while not stop.is_set():
            found += [data(thingsee_world, get_of_thing, tuid=member)["group_id"], place(len(found))]
        return found

    @staticmethod
    def holding(thingsee_world: ThingseeWorld) -> str:
        """The name under which all things of the group are listed."""
        for name in ("hall", "lounge"):
            answer = ask(thingsee_world, list_things, groupid=name)
            if answer.status == 200:
                assert len(answer.json["data"]["tuids"]) == HALL
                return name
        raise AssertionError("it is under neither name")

    @staticmethod
    def listed(thingsee_world: ThingseeWorld) -> str:
        (name,) = {str(group["group_id"]) for group in data(thingsee_world, list_groups)} & {"hall", "lounge"}
        return name

    @staticmethod
    def arriving(thingsee_world: ThingseeWorld, member: str, gateway: str, number: int) -> str:
        """The group in a message that arrives now."""
        now = datetime.now(UTC)
        sent = {"tsmId": 12100, "tsmEv": 10, "tsmTs": int(now.timestamp()), "tsmTuid": member, "n": number}
        assert deliver(receive, things_message(thingsee_world.hardware[gateway], sent, now)) == []
        return next(str(each["deploymentGroupId"]) for each in messages_of(thingsee_world, member) if each["n"] == number)


class TestAtOnce:
    def test_things_that_many_move_are_each_in_one_group_and_counted_there(self, thingsee_world: ThingseeWorld) -> None:
        names = ["red", "green", "blue"]
        for name in names:
            data(thingsee_world, create, {"group_id": name})
        things = [thingsee_world.sensor() for _ in range(6)]
        with ThreadPoolExecutor(6) as together:
            answers = list(together.map(lambda seed: self.moves(thingsee_world, things, [*names, "unassigned"], seed), range(6)))
        assert Counter(status for each in answers for status in each).keys() <= {200, 429}
        members = {name: data(thingsee_world, list_things, groupid=name)["tuids"] for name in [*names, "unassigned"]}
        where = Counter(tuid for tuids in members.values() for tuid in tuids if tuid in things)
        assert where == dict.fromkeys(things, 1)
        assert all(tuid in members[data(thingsee_world, get_of_thing, tuid=tuid)["group_id"]] for tuid in things)
        for name in names:
            assert ask(thingsee_world, delete, groupid=name).status == (409 if members[name] else 200)

    @staticmethod
    def moves(thingsee_world: ThingseeWorld, things: list[str], names: list[str], seed: int) -> list[int]:
        chance = random.Random(seed)
        wanted = [(chance.choice(things), chance.choice(names)) for _ in range(12)]
        return [ask(thingsee_world, set_of_thing, {"group_id": name}, tuid=tuid).status for tuid, name in wanted]

    def test_of_a_rename_and_a_creation_that_want_one_name_one_gets_it(self, thingsee_world: ThingseeWorld) -> None:
        for number in range(8):
            data(thingsee_world, create, {"group_id": f"from{number}", "group_description": "renamed"})
            with ThreadPoolExecutor(3) as together:
                renamed = together.submit(ask, thingsee_world, rename, {"group_id": f"to{number}"}, groupid=f"from{number}")
                started = [together.submit(ask, thingsee_world, create, {"group_id": f"to{number}"}) for _ in range(2)]
            statuses = [each.result().status for each in (renamed, *started)]
            assert sorted(statuses) == [200, 409, 409], statuses
            listed = {group["group_id"]: group["group_description"] for group in data(thingsee_world, list_groups)}
            assert listed[f"to{number}"] == ("renamed" if statuses[0] == 200 else "")
            assert (f"from{number}" in listed) == (statuses[0] == 409)
