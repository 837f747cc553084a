"""The simple filters of lists and commands."""

from __future__ import annotations

import pytest

from fleet.query.filters import NO_PARENT, TagSelector, filtered, listed, tagged
from tests.unit.query import devices
from tests.unit.query.devices import HALL, SITE, device

ROW = devices.tagged(("hall", "north"), ("hall", "annex"), ("floor", "2"))


def test_without_filters_every_device_passes() -> None:
    assert filtered().matches(device())
    assert not filtered().needs_connections


def test_a_pattern_for_the_name() -> None:
    assert filtered(name="PUMP ?").matches(device())
    assert not filtered(name="PUMP").matches(device())
    assert not filtered(name="").matches(device())


def test_one_of_several_classes() -> None:
    assert filtered(classes=["standalone"]).matches(device())
    assert filtered(classes=["gateway", "standalone"]).matches(device())
    assert not filtered(classes=["gateway", "system"]).matches(device())


@pytest.mark.parametrize(
    ("selectors", "every", "one"),
    [
        ([TagSelector("hall")], True, True),
        ([TagSelector(value="annex")], True, True),
        ([TagSelector("hall", "annex")], True, True),
        ([TagSelector("hall", "2")], False, False),
        ([TagSelector("Hall")], False, False),
        ([TagSelector()], True, True),
        ([TagSelector("hall", "north"), TagSelector("hall", "annex")], True, True),
        ([TagSelector("hall", "north"), TagSelector("floor", "3")], False, True),
        ([TagSelector("roof"), TagSelector("floor", "3")], False, False),
        ([TagSelector("roof"), TagSelector("floor"), TagSelector("hall")], False, True),
    ],
    ids=str,
)
def test_selectors_of_tags(selectors: list[TagSelector], every: bool, one: bool) -> None:
    """All have to fit in a list; in a command, one has to."""
    assert filtered(tags=selectors).matches(ROW) == every
    assert tagged(selectors).matches(ROW) == one


def test_a_device_without_tags() -> None:
    assert not filtered(tags=[TagSelector()]).matches(device())
    assert not tagged([TagSelector()]).matches(device())
    assert not tagged([]).matches(ROW)


def test_the_system_directly_above() -> None:
    below = device(parent=SITE, ancestors=[HALL, SITE])
    assert filtered(parent=SITE).matches(below)
    assert filtered(parent=SITE.upper()).matches(below)
    assert not filtered(parent=HALL).matches(below)
    assert not filtered(parent=HALL).matches(device())
    assert filtered(parent=NO_PARENT).matches(device())
    assert not filtered(parent=NO_PARENT).matches(below)


def test_all_filters_have_to_pass() -> None:
    row = ROW._replace(parent=SITE)
    assert filtered("pump*", ["standalone"], [TagSelector("hall")], SITE).matches(row)
    assert not filtered("x*", ["standalone"], [TagSelector("hall")], SITE).matches(row)
    assert not filtered("pump*", ["gateway"], [TagSelector("hall")], SITE).matches(row)
    assert not filtered("pump*", ["standalone"], [TagSelector("roof")], SITE).matches(row)
    assert not filtered("pump*", ["standalone"], [TagSelector("hall")], HALL).matches(row)


def test_listed_ids() -> None:
    assert listed([SITE, HALL.upper()]).matches(device(id=HALL))
    assert not listed([SITE]).matches(device(id=HALL))
    assert not listed([]).matches(device(id=HALL))
