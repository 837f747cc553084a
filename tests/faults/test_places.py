"""Everything that writes has a place: every type of message, every worker, every command of the operator."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from typing import get_args

import pytest
import time_machine

from fleet.outbox.message import Type
from fleet.plane.uplinks import UPLINKS
from muster.generate.collect import collect
from muster.home import ROOT
from muster.operator import doctor_options, options, people_options, thingsee_options
from tests.faults import operator_places, thing_places, worker_places
from tests.faults.places import Operation, QueueDelivery, ScheduledRun, StreamDelivery
from tests.harness.aws import aws_in_memory
from tests.harness.fleet import Fleet
from tests.workers.messages import NOW

_READS = {"list", "show", "code"}
"""Commands of the operator that write nothing."""


def _deeds() -> Iterator[Operation]:
    for place in (*worker_places.uplink(), *thing_places.things(), *worker_places.others()):
        with pytest.MonkeyPatch.context() as patch, aws_in_memory(patch), time_machine.travel(NOW, tick=False):
            yield place.prepare(Fleet())


def test_every_worker_and_every_type_of_message_has_a_place() -> None:
    workers, up, down = set(), set(), set()
    for operation in _deeds():
        assert isinstance(operation, QueueDelivery | StreamDelivery | ScheduledRun)
        workers.add(operation.worker.worker.name)
        if isinstance(operation, QueueDelivery):
            up |= {json.loads(uplink_message.body).get("type") for uplink_message in operation.messages}
        elif isinstance(operation, StreamDelivery):
            down |= {json.loads(row["body"]["S"]).get("type") for row in operation.rows if "body" in row}
    assert workers == {each.function.name for each in collect(ROOT).workers}
    assert up >= UPLINKS.keys()
    assert down >= set(get_args(Type))


def test_every_command_that_writes_has_a_place() -> None:
    places = {place.name.partition(",")[0] for place in operator_places.operator()}
    assert places == {f"{noun} {verb}" for noun, verb in _commands() if verb not in _READS}


def _commands() -> Iterator[tuple[str, str]]:
    """The nouns and verbs of the operator's commands, from their usage."""
    nouns = argparse.ArgumentParser().add_subparsers()
    people_options.add(nouns)
    options.add(nouns)
    thingsee_options.add(nouns)
    doctor_options.add(nouns)
    for noun, parser in nouns.choices.items():
        for verb in re.findall(r"[a-z]+", "".join(re.findall(r"\[-h\]\s+(\S+)\s+\.\.\.", parser.format_usage()))):
            yield noun, verb
