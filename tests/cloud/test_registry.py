"""Eight processes change the same devices, locations and groups at once, and two of them are killed: every row and count is right."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.aws.table import key
from fleet.aws.writes import transact
from fleet.directory.directory import RECENT
from fleet.registry.device_row import DELETED, THERE
from fleet.registry.devices import Devices
from tests.cloud.conftest import Cloud, running
from tests.cloud.halting import AFTER, BEFORE
from tests.harness.fleet import Fleet
from tests.harness.random_registry import RandomRegistry, Site
from tests.harness.sizes import size
from tests.operator.console import Console

pytestmark = pytest.mark.cloud

WRITERS, OPERATIONS = 8, size(1_000, 10_000)
SHARE = OPERATIONS // WRITERS
HALTS = {0: (SHARE // 3, BEFORE), 1: (SHARE * 2 // 3, AFTER)}
"""Behind how many of its operations a writer halts in a transaction, to be killed there, and where in it."""
SECONDS = size(150, 1_500)
"""How long all operations may take, on a machine that does other work too."""


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    with running(Cloud(tmp_path_factory.mktemp("cloud"), lasting=False)) as started:
        yield started


@dataclass
class Writer:
    """A process that does its share of the operations, and its record of them."""

    site: Site
    number: int
    log: Path

    def start(self, *halt: str) -> None:
        """Have it do what is left of its share; `halt` says where it stops in the middle, and in which file it tells so."""
        left = SHARE - len(self.lines)
        command = [sys.executable, "-m", "tests.cloud.registry_writer", json.dumps(self.site.as_json())]
        environment = {**os.environ, "POWERTOOLS_METRICS_NAMESPACE": "Muster"}
        with self.log.with_suffix(".err").open("ab") as errors:
            arguments = [f"{self.number}.{left}", str(left), str(self.log), *halt]
            self.process = subprocess.Popen([*command, *arguments], stdout=errors, stderr=errors, env=environment)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@dataclass(frozen=True)
class Numbers:
    """How many operations there were, how many of them were refused, and how many transactions were cancelled by others."""

    operations: int
    refused: int
    cancelled: int

    @classmethod
    def of(cls, writers: list[Writer]) -> Numbers:
        words = [line.split() for writer in writers for line in writer.lines]
        return cls(len(words), sum(done == "0" for _, done, _ in words), sum(int(cancelled) for *_, cancelled in words))


def halted(folder: Path, number: int) -> Path:
    """The file that says that this writer has halted."""
    return folder / f"halted-{number}"


def all_done(writers: list[Writer]) -> bool:
    return sum(len(writer.lines) for writer in writers) >= OPERATIONS


def until(true: Callable[[], bool], writers: list[Writer], end: float) -> None:
    """Wait for something that comes while no writer fails."""
    while not true():
        assert time.monotonic() < end, Numbers.of(writers)
        failed = [writer.log.with_suffix(".err").read_text()[-2000:] for writer in writers if writer.process.poll()]
        assert not failed, failed[0]
        time.sleep(0.05)


def write(site: Site, folder: Path, meanwhile: Callable[[], None]) -> Numbers:
    """All operations; one writer is killed after a third of its own, another after two thirds, in the middle of a transaction, and both
    are started again. `meanwhile` is done after each has been.
    """
    writers = [Writer(site, number, folder / f"writer-{number}") for number in range(WRITERS)]
    end = time.monotonic() + SECONDS
    try:
        for writer in writers[len(HALTS) :]:
            writer.start()
        for number, (behind, where) in HALTS.items():
            writers[number].start(str(behind), where, str(halted(folder, number)))
        for number in HALTS:
            until(halted(folder, number).exists, writers, end)
            assert writers[number].process.poll() is None, "it must die in the middle"
            writers[number].kill()
            writers[number].start()
            meanwhile()
        until(lambda: all_done(writers), writers, end)
        assert [writer.process.wait(30) for writer in writers] == [0] * WRITERS
    finally:
        for writer in writers:
            writer.kill()
    return Numbers.of(writers)


def test_after_all_that_every_row_and_count_is_right(cloud: Cloud, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    muster, site = Console(capsys), Site.of(Fleet(), gateways=12, tuids=16)
    numbers = write(site, tmp_path, lambda: _examine_amid_writers(muster))
    assert numbers.operations == OPERATIONS, numbers
    assert numbers.cancelled > OPERATIONS // 50, f"they hardly met: {numbers}"
    assert numbers.refused < OPERATIONS * 3 // 4, f"hardly anything was done: {numbers}"
    examined = muster("doctor", "registry", "--json")
    assert (examined.code, examined.json["differences"]) == (0, []), numbers
    assert examined.json["devices"] > 8, numbers
    _break(site)
    broken = muster("doctor", "registry", "--json")
    assert broken.code == 1
    kinds = sorted(each["kind"] for each in broken.json["differences"])
    assert kinds == ["missing row", "orphaned row", "row too many", "wrong count", "wrong row"], broken.out
    repaired = muster("doctor", "registry", "--repair", "--orphans", "--json")
    assert repaired.code == 0
    assert sorted(each["done"] for each in repaired.json["differences"]) == ["corrected", "deleted", *["listed anew"] * 3]
    assert muster("doctor", "registry", "--json").json["differences"] == []


def _examine_amid_writers(muster: Console) -> None:
    """Nothing differs that only others are writing; numbers may not be judged, or not be reached, while all is being changed."""
    examined = muster("doctor", "registry", "--json")
    if examined.err:
        assert "is being changed too much at once: run the command again" in examined.err
    else:
        assert {each["kind"] for each in examined.json["differences"]} <= {"unsettled count"}, examined.out


def _break(site: Site) -> None:
    """One row of each kind of difference, and a count."""
    RandomRegistry(site, random.Random(0)).act("create_group_of_any_name")  # refused only where there is a group
    client, name = clients.dynamodb(), os.environ["FLEET_TABLE"]
    row, other = Devices.of_organization(EVERYWHERE, site.organization)[:2]
    client.delete_item(TableName=name, Key=key(THERE.key(site.organization, RECENT + row.order)))
    wrong = (
        *THERE.put_writes(EVERYWHERE, site.organization, other._replace(name="wrong")),
        *DELETED.put_writes(EVERYWHERE, site.organization, other),
    )
    transact(wrong)
    client.put_item(TableName=name, Item=key(("GROUP#elsewhere#THINGS", "TSPD0000000001")))
    group = client.query(
        TableName=name, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": f"ORG#{site.organization}#GROUPS"}}
    )["Items"][0]
    client.update_item(
        TableName=name,
        Key=key((f"GROUP#{group['id']['S']}", "GROUP")),
        UpdateExpression="ADD devices :by",
        ExpressionAttributeValues={":by": {"N": "7"}},
    )
