"""What devices report has limits: texts that are stored as state, items, and what a dead letter may have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
import time_machine
from pydantic import TypeAdapter, ValidationError

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.configuration.configurations import Configurations
from fleet.plane.gateway_messages import CommandResult
from fleet.plane.status import Reported
from fleet.plane.uplinks import UPLINKS
from fleet.registry import manage_groups
from fleet.registry.gateways import Gateways
from functions.workers.uplink.receive import handler
from tests.harness.fleet import Hardware
from tests.harness.thingsee_world import ThingseeWorld
from tests.workers.messages import NOW, dead_letters, deliver, sign, uplink_message
from tests.workers.thing_messages import AT, message, messages_of, relay, thing_information, things_message

LONG = 120_000


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def shapes(shape: type[Reported] = Reported) -> Iterator[type[Reported]]:
    """Every shape of what devices send."""
    for each in shape.__subclasses__():
        yield each
        yield from shapes(each)


def texts(kind: Any, rules: tuple[Any, ...] = ()) -> Iterator[Any]:
    """The types of text in a field's type, each with its rules."""
    if kind is str:
        yield Annotated[str, *rules] if rules else str
    elif get_origin(kind) is Annotated:
        inner, *more = get_args(kind)
        yield from texts(inner, (*rules, *more))
    elif get_origin(kind) is list:
        yield from texts(get_args(kind)[0])
    elif get_origin(kind) in (Union, type(int | None)):
        for each in get_args(kind):
            yield from texts(each, rules)


FIELDS = [
    pytest.param(text, id=f"{shape.__name__}.{name}")
    for shape in dict.fromkeys(shapes())
    for name, field in shape.model_fields.items()
    for text in texts(field.annotation, tuple(field.metadata))
    if (shape, name) != (CommandResult, "output")
]


def test_every_declared_shape_is_walked() -> None:
    assert {declared.shape for declared in UPLINKS.values()} <= set(shapes())
    assert len(FIELDS) > 50


@pytest.mark.parametrize("text", FIELDS)
def test_a_long_text_is_cut_or_refused(text: Any) -> None:
    """All texts but the output of a command, which has a limit of its own."""
    for character in "x", "A", "0", "_", "ä", "\U0001f600":
        try:
            taken = TypeAdapter(text).validate_python(character * LONG, strict=True)
        except ValidationError:
            continue
        assert len(taken) <= 1024


class TestThings:
    @pytest.mark.parametrize(("id", "name"), [(1100, "swVersion"), (1312, "binaryVersion")])
    def test_a_version_is_cut_and_the_message_stored_as_it_came(self, thingsee_world: ThingseeWorld, id: int, name: str) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        relay(thingsee_world, gateway, message(sensor, id, 33) | {name: "\U0001f600" * 20_000})
        assert thing_information(thingsee_world, sensor)["version"] == "\U0001f600" * 256
        assert [each[name] for each in messages_of(thingsee_world, sensor)] == ["\U0001f600" * 20_000]

    def test_a_heartbeat_of_what_cannot_be_a_thing_is_only_stored(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        beat = {"tuid": "X" * LONG, "slotInterval": 600, "slotBitCount": 12, "slotBits": 0}
        relay(thingsee_world, gateway, message(gateway, 11201, 10) | beat, message(sensor))
        assert [len(messages_of(thingsee_world, tuid)) for tuid in (gateway, sensor)] == [1, 1]

    def test_one_that_fits_its_envelope_and_no_item_is_put_aside_alone(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        hardware = thingsee_world.hardware[gateway]
        sent = things_message(hardware, [message(sensor, n=1), message(sensor, list=[])])
        body = sent.body.replace(": []", f": [{','.join(['1e15'] * 25_500)}]")
        assert len(body.encode()) <= 128 * 1024
        assert deliver(handler, sign(hardware, body)) == []
        (letter,) = dead_letters()
        assert (letter["reason"], json.loads(letter["body"])["payload"]) == ("too large", {"messages": [message(sensor) | {"(others)": 1}]})
        assert [each["n"] for each in messages_of(thingsee_world, sensor)] == [1]

    def test_the_largest_that_fits_an_item_is_stored(self, thingsee_world: ThingseeWorld) -> None:
        gateway, sensor = thingsee_world.gateway(), thingsee_world.sensor()
        manage_groups.create(EVERYWHERE, thingsee_world.organization.id, "g" * 64, "")
        thingsee_world.move(sensor, "g" * 64)
        hardware = thingsee_world.hardware[gateway]
        for text, reasons in (("x", []), ("xx", ["too large"])):
            sent = message(sensor, ts=AT + len(text), pad="", list=["??"])
            room = 390 * 1024 - len(json.dumps({**sent, "list": []}, separators=(",", ":")))
            count = (room - 100) // 19
            pad = "p" * (room - (19 * count - 1) - 1) + text
            body = things_message(hardware, {**sent, "pad": pad}).body.replace('"??"', ",".join(["1e15"] * count))
            assert deliver(handler, sign(hardware, body, NOW + timedelta(seconds=1))) == []
            assert [each["reason"] for each in dead_letters()] == reasons
        assert len(messages_of(thingsee_world, sensor)) == 1


class TestGateways:
    def test_an_error_of_the_configuration_is_cut(self, hardware: Hardware) -> None:
        errors = [{"section": "syslog", "message": "ä" * 5000}, {"section": "s" * 300, "message": "short"}]
        deliver(handler, uplink_message(hardware, "config.reported", {"version": 1, "errors": errors}))
        assert dead_letters() == []
        reported = fetch(EVERYWHERE, Configurations.by_sn(hardware.sn)).section("syslog").reported
        assert reported is not None
        assert reported.error == "(not stored: a text of 1024 characters)"

    def test_a_text_of_the_status_is_cut(self, hardware: Hardware) -> None:
        deliver(handler, uplink_message(hardware, "status", {"network": {"lan": {"subnet": "ä" * 300}}}))
        stored = fetch(EVERYWHERE, Gateways.by_sn(hardware.sn)).reports.known["status"].document
        assert stored == {"network": {"lan": {"subnet": "ä" * 256}}}

    def test_a_secret_is_never_cut(self, hardware: Hardware) -> None:
        deliver(handler, uplink_message(hardware, "status", {"network": {"lan": {"wifi": {"key": "k" * 257}}}}))
        assert [each["reason"] for each in dead_letters()] == ["malformed"]
