"""What holds for every route, tested for every route: a new one is in here without a word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from edge.route import Entry
from fleet.errors import Unauthenticated
from fleet.ids import to_uuid
from tests.harness.aws import forget
from tests.harness.call import Answered
from tests.harness.fleet import PERMISSIONS
from tests.harness.recorder import Recorder
from tests.suite.world import FURTHER, World, download_role, every_route, fresh, name, named, takes, unknown

ROUTES = every_route()
GUARDED = [entry for entry in ROUTES if entry.dialect.security]
KEYED = [entry for entry in GUARDED if takes(entry, "wisdm")]
CONSOLE = [entry for entry in GUARDED if takes(entry, "session")]
THINGSEE = [entry for entry in GUARDED if takes(entry, "thingsee")]
WRITES = [entry for entry in KEYED if entry.route.method != "GET"]
BODIES = [entry for entry in ROUTES if "body" in entry.route.shapes]
VARIABLES = [(entry, part[1:-1]) for entry in ROUTES for part in entry.route.path.split("/") if part.startswith("{")]
BUDGET = {"get_organization": 2, "get_thing_group": 2, "get_thing": 2, "count_alerting_things": 2, "get_gateway_performance": 2}
"""Requests of a warm call, where a route differs from its kind: they learn from what they read what else to read, or count or page."""
NAMES = [(entry, variable) for entry, variable in VARIABLES if variable != "metric"]
"""Variables that name something stored."""


def deleted(world: World) -> str:
    """The text of a key that the console has deleted."""
    made, text = world.fleet.api_key(world.organization)
    delete = named("delete_api_key")
    assert world.call(delete, path=world.path(delete) | {"keyId": made.id}).status == 204
    return text


DEAD: dict[str, Callable[[World], str]] = {
    "disabled": lambda world: world.fleet.key(world.organization, enabled=False),
    "without a plan": lambda world: world.fleet.key(world.organization, api_access=False),
    "deleted": deleted,
}
"""Keys that are answered as none is."""
ELSEWHERE: dict[str, dict[str, Any]] = {
    "address": {"restriction": "IP_ADDRESSES", "addresses": ("198.51.100.7",)},
    "referrer": {"restriction": "HTTP_REFERRERS", "referrers": ("https://app.example.com/*",)},
}
"""Keys that may be used only from where no test calls from."""
ANYWHERE = {"get_version", "get_organization", "list_locations"}
"""Routes that a key may call whatever locations it is limited to (WisDM contract, 2.3)."""


@pytest.fixture
def world(cloud: dict[str, str]) -> World:
    return fresh()


def test_there_are_routes() -> None:
    assert len(KEYED) == 26


@pytest.mark.parametrize("entry", ROUTES, ids=name)
class TestEveryRoute:
    def test_a_good_call_succeeds(self, entry: Entry, world: World) -> None:
        assert world.call(entry).status == entry.route.status

    def test_an_answer_has_the_declared_shape(self, entry: Entry, world: World) -> None:
        answer = world.call(entry)
        if entry.route.result is type(None):
            assert answer.content == b""
        else:
            entry.route.result.model_validate(answer.json)

    def test_requests_stay_within_the_budget(self, entry: Entry, world: World, signed: Recorder) -> None:
        world.ready(entry)
        signed.clear()
        assert world.call(entry).status == entry.route.status
        assert len(signed.requests) <= budget(entry), signed.requests

    def test_what_it_declares_is_what_it_asks_of_aws(
        self, entry: Entry, world: World, signed: Recorder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DOWNLOAD_ROLE", download_role())
        world.ready(entry)
        forget()
        signed.clear()
        for further in [{}, *FURTHER.get(entry.route.name, [])]:
            arguments = {"status": entry.route.status, **further}
            expected = arguments.pop("status")
            assert world.call(entry, **arguments).status == expected
        assert signed.grants == entry.route.grants


@pytest.mark.parametrize("entry", GUARDED, ids=name)
class TestEveryCredential:
    def test_none_is_refused(self, entry: Entry, world: World) -> None:
        assert unauthenticated(entry, world.call(entry, key=None))

    def test_an_unknown_one_is_refused(self, entry: Entry, world: World) -> None:
        unknown_one = f"wds_{'A' * 16}_{'B' * 43}" if entry in CONSOLE else f"wdk_{'A' * 12}_{'B' * 43}"
        assert unauthenticated(entry, world.call(entry, key=unknown_one))

    def test_one_with_another_secret_is_refused(self, entry: Entry, world: World) -> None:
        assert unauthenticated(entry, world.call(entry, key=f"{(world.credential(entry) or '')[:-43]}{'B' * 43}"))

    def test_an_expired_one_is_refused(self, entry: Entry, world: World) -> None:
        key = world.credential(entry)
        with time_machine.travel(datetime.now(UTC) + timedelta(days=31), tick=False):
            assert unauthenticated(entry, world.call(entry, key=key))

    def test_another_tenant_finds_nothing(self, entry: Entry, world: World, signed: Recorder) -> None:
        key = world.foreign(entry)
        signed.clear()
        answer = world.call(entry, key=key)
        if world.path(entry):
            assert answer.status == 404
            assert not wrote(signed)
        else:
            told = answer.content.decode()
            assert to_uuid(world.organization.id) not in told
            assert f'"{world.organization.name}"' not in told


@pytest.mark.parametrize("entry", KEYED, ids=name)
class TestEveryKey:
    @pytest.mark.parametrize("how", DEAD)
    def test_a_dead_one_is_refused(self, entry: Entry, world: World, signed: Recorder, how: str) -> None:
        key = DEAD[how](world)
        signed.clear()
        assert unauthenticated(entry, world.call(entry, key=key))
        assert not wrote(signed)

    @pytest.mark.parametrize("how", ELSEWHERE)
    def test_one_that_is_for_elsewhere_is_refused(self, entry: Entry, world: World, signed: Recorder, how: str) -> None:
        key = world.fleet.key(world.organization, **ELSEWHERE[how])
        signed.clear()
        assert (
            refused(world.call(entry, key=key, headers={"Referer": "https://evil.test/https://app.example.com/"}))
            == "Action is not allowed"
        )
        assert not wrote(signed)

    @pytest.mark.parametrize("of", ["another", "none"])
    def test_one_of_other_locations_is_refused(self, entry: Entry, world: World, signed: Recorder, of: str) -> None:
        locations = (world.fleet.location(world.organization).id,) if of == "another" else ()
        key = world.fleet.key(world.organization, locations=locations)
        signed.clear()
        answer = world.call(entry, key=key)
        if entry.route.name in ANYWHERE:
            assert answer.status == entry.route.status
            assert world.location.id not in answer.content.decode()
        else:
            assert refused(answer) == "Action is not allowed"
            assert not wrote(signed)

    def test_one_of_its_location_is_good(self, entry: Entry, world: World) -> None:
        key = world.fleet.key(world.organization, locations=(world.location.id,))
        assert world.call(entry, key=key).status == (403 if entry.route.name == "create_location" else entry.route.status)

    def test_one_that_only_reads_reads_and_changes_nothing(self, entry: Entry, world: World, signed: Recorder) -> None:
        key = world.fleet.key(world.organization, access="READ_ONLY")
        signed.clear()
        answer = world.call(entry, key=key)
        assert answer.status == entry.route.status if entry.route.scope == "READ" else refused(answer) == "Action is not allowed"
        assert not wrote(signed)


@pytest.mark.parametrize("entry", CONSOLE, ids=name)
class TestEveryRouteOfTheConsole:
    def test_an_api_key_is_not_allowed(self, entry: Entry, world: World) -> None:
        assert refused(world.call(entry, key=None, headers={"X-API-KEY": world.key})) == "Action is not allowed"

    def test_only_an_administrator_manages_keys(self, entry: Entry, world: World) -> None:
        session = world.fleet.session(world.fleet.person(world.organization, administrator=False))
        assert world.call(entry, key=session).status == (403 if entry.route.scope == "ADMINISTRATOR" else entry.route.status)

    def test_a_session_that_was_ended_is_refused(self, entry: Entry, world: World) -> None:
        session = world.fleet.session(world.person)
        assert world.call(named("delete_session"), key=session).status == 204
        assert unauthenticated(entry, world.call(entry, key=session))


@pytest.mark.parametrize("entry", THINGSEE, ids=name)
class TestEveryRouteOfThings:
    def test_a_client_that_is_disabled_is_refused(self, entry: Entry, world: World) -> None:
        token = world.credential(entry)
        world.yard.field.change(enabled=False)
        assert unauthenticated(entry, world.call(entry, key=token))

    def test_a_token_of_an_earlier_secret_is_refused(self, entry: Entry, world: World) -> None:
        token = world.credential(entry)
        world.yard.field.change(generation=2)
        assert unauthenticated(entry, world.call(entry, key=token))

    def test_a_token_is_dead_after_fifteen_minutes(self, entry: Entry, world: World) -> None:
        token = world.credential(entry)
        with time_machine.travel(datetime.now(UTC) + timedelta(minutes=15), tick=False):
            assert unauthenticated(entry, world.call(entry, key=token))

    def test_a_client_that_only_reads_may_change_nothing(self, entry: Entry, world: World) -> None:
        world.yard.field.change(read_only=True)
        assert world.call(entry).status == (200 if entry.route.method == "GET" else 403)


@pytest.mark.parametrize("entry", WRITES, ids=name)
class TestEveryWrite:
    def test_every_permission_but_its_own_is_refused(self, entry: Entry, world: World) -> None:
        others = tuple(permission for permission in PERMISSIONS if permission != entry.route.scope)
        answer = world.call(entry, key=world.fleet.key(world.organization, permissions=others))
        assert answer.status == (403 if entry.route.scope in PERMISSIONS else entry.route.status)

    @pytest.mark.parametrize("permission", PERMISSIONS)
    def test_of_single_permissions_its_own_alone_suffices(self, entry: Entry, world: World, signed: Recorder, permission: str) -> None:
        key = world.fleet.key(world.organization, permissions=(permission,))
        good = entry.route.scope in (permission, "WRITE")
        signed.clear()
        assert world.call(entry, key=key).status == (entry.route.status if good else 403)
        assert wrote(signed) == good


@pytest.mark.parametrize("entry", BODIES, ids=name)
class TestEveryBody:
    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"text"', b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff", b"{}"], ids=repr)
    def test_a_bad_body_is_refused_and_changes_nothing(self, entry: Entry, world: World, signed: Recorder, body: bytes) -> None:
        world.ready(entry)
        signed.clear()
        assert world.call(entry, body=body).status == 400
        assert not wrote(signed)

    def test_a_body_that_is_too_large_is_refused(self, entry: Entry, world: World) -> None:
        assert world.call(entry, body=b'{"name":"' + b"x" * entry.dialect.max_body + b'"}').status == 400

    def test_another_content_type_is_refused(self, entry: Entry, world: World) -> None:
        assert world.call(entry, headers={"Content-Type": "text/plain"}).status == 400


@pytest.mark.parametrize(("entry", "variable"), NAMES, ids=[f"{name(entry)}-{variable}" for entry, variable in NAMES])
class TestEveryName:
    def test_an_unknown_one_is_not_found(self, entry: Entry, variable: str, world: World) -> None:
        assert world.call(entry, path=world.path(entry) | {variable: unknown(variable)}).status == 404


@pytest.mark.parametrize(("entry", "variable"), VARIABLES, ids=[f"{name(entry)}-{variable}" for entry, variable in VARIABLES])
class TestEveryPathVariable:
    @pytest.mark.parametrize("value", ["-", "a b", "x" * 200, "../..", "ä", "%00"])
    def test_a_malformed_one_is_refused(self, entry: Entry, variable: str, world: World, value: str) -> None:
        answer = world.call(entry, path=world.path(entry) | {variable: value})
        assert answer.status == (404 if entry.route.dialect == "thingsee" else 400)


def unauthenticated(entry: Entry, answer: Answered) -> bool:
    """Whether an answer is what the API says to whoever has no good credential."""
    told = entry.dialect.on_error(Unauthenticated())
    return told.status in (401, 403) and (answer.status, answer.content) == (told.status, told.body)


def wrote(signed: Recorder) -> bool:
    """Whether anything was stored or sent."""
    return any(request.endswith(("WriteItems", "PutItem", "UpdateItem", "DeleteItem", "SendMessage")) for request in signed.requests)


def refused(answer: Answered) -> str:
    assert answer.status == 403
    message: str = answer.json["message"]
    return message


def budget(entry: Entry) -> int:
    """DESIGN: one request to read by id, two for a page of a list, three to write."""
    kind = 3 if entry.route.method != "GET" else 2 if entry.route.name.startswith("list_") else 1
    return BUDGET.get(entry.route.name, kind)
