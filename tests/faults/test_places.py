"""Everything that writes has a place: every type of message, every worker, every command of the operator."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from importlib import import_module
from inspect import isfunction
from pkgutil import iter_modules
from typing import Any, get_args

import pytest
import time_machine

from fleet import edits, lifecycle
from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.bulk.kinds import KINDS
from fleet.grants import grants_of
from fleet.jobs.jobs import Jobs
from fleet.outbox.message import Type
from fleet.plane.uplinks import UPLINKS
from fleet.registry import edit_device, manage_groups, manage_locations
from functions.workers.device.purge import handler as purge
from muster.generate.collect import collect
from muster.home import ROOT
from muster.operator import (
    device_options,
    doctor_options,
    job_options,
    options,
    outbox_options,
    people_options,
    secret_options,
    thingsee_options,
    token_options,
)
from tests.faults import bulk_places, job_places, operator_places, purge_places, registry_places, thing_places, worker_places
from tests.faults.places import Operation, QueueDelivery, ScheduledRun, StreamDelivery
from tests.harness.aws import aws_in_memory
from tests.harness.fleet import Fleet
from tests.suite.routes import every_route
from tests.workers.messages import NOW

_READS = {"list", "show", "code"}
"""Commands of the operator that write nothing."""
_STORE_NOTHING = {"callback_send", "mail_send"}
"""Workers that hand something to somebody outside: what comes to them twice is posted, or mailed, twice."""
_WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
_PARTS = {"edit", "command_writes", "mark", "erase"}
"""Use cases that are parts of others only."""


def _deeds() -> Iterator[Operation]:
    workers = (worker_places.uplink, thing_places.things, worker_places.others, purge_places.purges, job_places.jobs)
    for place in (place for places in workers for place in places()):
        with pytest.MonkeyPatch.context() as patch, aws_in_memory(patch), time_machine.travel(NOW, tick=False):
            yield place.prepare(Fleet())


@pytest.mark.slow
def test_every_worker_and_every_type_of_message_has_a_place() -> None:
    workers, up, down = set(), set(), set()
    for operation in _deeds():
        assert isinstance(operation, QueueDelivery | StreamDelivery | ScheduledRun)
        workers.add(operation.worker.worker.name)
        if isinstance(operation, QueueDelivery):
            up |= {json.loads(uplink_message.body).get("type") for uplink_message in operation.messages}
        elif isinstance(operation, StreamDelivery):
            down |= {json.loads(row["body"]["S"]).get("type") for row in operation.rows if "body" in row}
    deployed = {each.function.name: each.function for each in collect(ROOT).workers}
    assert workers == deployed.keys() - _STORE_NOTHING
    assert not any(grant.action.startswith(("dynamodb:", "s3:", "sqs:")) for name in _STORE_NOTHING for grant in deployed[name].grants)
    assert up >= UPLINKS.keys()
    assert down >= set(get_args(Type))


def test_every_command_that_writes_has_a_place() -> None:
    places = {place.name.partition(",")[0] for place in operator_places.operator()}
    assert places == {f"{noun} {verb}" for noun, verb in _commands() if verb not in _READS}


def test_every_use_case_of_the_registry_has_a_place() -> None:
    """Those that a route, or the worker that purges, calls as a whole have that of the route or of the worker."""
    used = {*map(_named, purge.worker.uses), *(use for entry in every_route() for use in map(_named, entry.route.uses))}
    places = {place.name.partition(",")[0] for place in (*registry_places.use_cases(), *bulk_places.use_cases())}
    assert {_named(use) for use in _use_cases()} <= places | used


@pytest.mark.slow
def test_every_kind_of_job_has_a_place() -> None:
    kinds = set[str]()
    for place in job_places.jobs():
        with pytest.MonkeyPatch.context() as patch, aws_in_memory(patch), time_machine.travel(NOW, tick=False):
            operation = place.prepare(Fleet())
            assert isinstance(operation, QueueDelivery)
            (message,) = operation.messages
            kinds.add(fetch(EVERYWHERE, Jobs.by_id(json.loads(message.body)["job"])).kind)
    assert kinds == KINDS.keys()


def _named(function: Any) -> str:
    return f"{function.__module__.rpartition('.')[2]}.{function.__name__}"


def _use_cases() -> Iterator[Any]:
    """The public functions of `fleet.lifecycle`, of `fleet.edits` and of the registry's use cases that may write."""
    rooms = [import_module(f"{room.__name__}.{each.name}") for room in (lifecycle, edits) for each in iter_modules(room.__path__)]
    for module in (*rooms, edit_device, manage_groups, manage_locations):
        own = (each for each in vars(module).values() if isfunction(each) and each.__module__ == module.__name__)
        yield from (each for each in own if not each.__name__.startswith("_") and each.__name__ not in _PARTS and _writes(each))


def _writes(function: Any) -> bool:
    return any(grant.action in _WRITES for grant in grants_of([function]))


def _commands() -> Iterator[tuple[str, str]]:
    """The nouns and verbs of the operator's commands, from their usage."""
    nouns = argparse.ArgumentParser().add_subparsers()
    people_options.add(nouns)
    options.add(nouns)
    thingsee_options.add(nouns)
    device_options.add(nouns)
    doctor_options.add(nouns)
    outbox_options.add(nouns)
    job_options.add(nouns)
    secret_options.add(nouns)
    token_options.add(nouns)
    for noun, parser in nouns.choices.items():
        for verb in re.findall(r"[a-z-]+", "".join(re.findall(r"\[-h\]\s+(\S+)\s+\.\.\.", parser.format_usage()))):
            yield noun, verb
