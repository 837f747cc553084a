"""`muster job list`, `show` and `retry`."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fleet.access import EVERYWHERE
from fleet.bulk import retire_devices
from fleet.bulk.order import Asker, enqueue
from fleet.edits import create_device
from muster.operator import organization
from tests.harness.interference import refused_transactions
from tests.harness.jobs import job, work
from tests.operator.console import Console


@pytest.fixture
def harbour(cloud: dict[str, str]) -> organization.OrganizationState:
    state = organization.create("Harbour", "harbour")
    create_device.create(EVERYWHERE, state.id, {"name": "Pump"}, datetime.now(UTC))
    return state


def accept(harbour: organization.OrganizationState) -> str:
    asker = Asker("ada", "https://fleet.example.com", "https://example.com/secret-path")
    what = {"query": {"name": {"$ne": "Crane"}}}
    return enqueue(EVERYWHERE, harbour.id, retire_devices.DELETE.name, what, asker, datetime.now(UTC)).id


def given_up(id: str) -> None:
    with refused_transactions("ValidationError", "DEVICE#"):
        assert work(id, tries=4)


def test_a_list_has_the_jobs_of_an_organization_newest_first(harbour: organization.OrganizationState, muster: Console) -> None:
    first, second = accept(harbour), accept(harbour)
    organization.create("Quay", "quay")
    shown = muster("job", "list", "--organization", "harbour", "--json").json
    assert [each["id"] for each in shown] == [second, first]
    assert muster("job", "list", "--organization", "quay", "--json").json == []


def test_one_shows_how_far_it_is_and_not_what_it_is_about(harbour: organization.OrganizationState, muster: Console) -> None:
    id = accept(harbour)
    assert f"{id} devices.delete: queued" in muster("job", "show", "--job", id).out
    assert work(id)
    output = muster("job", "show", "--job", id)
    assert f"{id} devices.delete: completed, 1 updated" in output.out
    said = muster("job", "show", "--job", id, "--json").out + output.out
    assert "Crane" not in said
    assert "secret-path" not in said


def test_one_that_was_given_up_goes_on(harbour: organization.OrganizationState, muster: Console) -> None:
    id = accept(harbour)
    given_up(id)
    assert "failed" in muster("job", "show", "--job", id).out
    assert muster("job", "retry", "--job", id).code == 0
    assert work(id)
    assert (job(id).state, job(id).output) == ("completed", {"removed": 1, "failed": 0})


def test_one_that_is_completed_is_not_repeated(harbour: organization.OrganizationState, muster: Console) -> None:
    id = accept(harbour)
    assert work(id)
    assert "nothing left to do" in muster.refused("job", "retry", "--job", id)


@pytest.mark.parametrize("verb", ["show", "retry"])
def test_an_unknown_one_is_refused_with_what_to_do(harbour: organization.OrganizationState, muster: Console, verb: str) -> None:
    assert "muster job list" in muster.refused("job", verb, "--job", "nothing")
