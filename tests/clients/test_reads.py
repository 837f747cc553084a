"""Every read, called with a client that was generated from the API's document, gives what the raw call gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import httpx
import pytest

from edge.entry import Entry
from tests.clients.generated import GeneratedClient, local_api, packages
from tests.suite.routes import every_route, name
from tests.suite.world import fresh

READS = [entry for entry in every_route() if entry.route.method == "GET" and entry.route.status == 200]
"""Routes that answer with a document. A link that redirects is no call of a client."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
Place = tuple[str | int, ...]


@pytest.fixture(scope="session")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    with packages(tmp_path_factory.mktemp("clients")) as names:
        yield names


@pytest.fixture(scope="session")
def transport() -> httpx.BaseTransport:
    return local_api()


def leaves(value: Any, place: Place = ()) -> dict[Place, Any]:
    """The values of a document by their places. A time is one whatever way its zone is written."""
    if isinstance(value, dict | list) and value:
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        return {at: leaf for name, each in inner for at, leaf in leaves(each, (*place, name)).items()}
    return {place: datetime.fromisoformat(value) if isinstance(value, str) and _TIME.fullmatch(value) else value}


def test_there_is_a_client_of_every_api(clients: Mapping[str, str]) -> None:
    assert {entry.route.dialect for entry in every_route()} == clients.keys() > {entry.route.dialect for entry in READS}


def _document(parsed: Any) -> Any:
    """What a client has read, as JSON."""
    return [each.to_dict() for each in parsed] if isinstance(parsed, list) else parsed.to_dict()


def test_there_are_reads_of_every_api(clients: Mapping[str, str]) -> None:
    linked = {entry.route.dialect for entry in every_route() if not entry.route.security} - {entry.route.dialect for entry in READS}
    assert {entry.route.dialect for entry in READS} == clients.keys() - linked


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("entry", READS, ids=name)
def test_a_generated_client_reads_what_a_raw_call_gives(entry: Entry, clients: Mapping[str, str], transport: httpx.BaseTransport) -> None:
    """What a second raw call gives otherwise (a time, a token) is compared by its place only."""
    world = fresh()
    asked = world.arguments(entry)
    first, second = world.call(entry), world.call(entry)
    got = GeneratedClient(clients[entry.route.dialect], transport).call(entry, asked["path"], asked["query"] or {}, asked["headers"])
    assert got.status_code == first.status == entry.route.status
    expected, again, found = leaves(first.json), leaves(second.json), leaves(_document(got.parsed))
    assert found.keys() == expected.keys()
    steady = [place for place in expected if expected[place] == again.get(place)]
    assert {place: found[place] for place in steady} == {place: expected[place] for place in steady}


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("entry", READS, ids=name)
def test_a_generated_client_reads_a_refusal(entry: Entry, clients: Mapping[str, str], transport: httpx.BaseTransport) -> None:
    asked = fresh().arguments(entry)
    headers = {header: credential[:-1] for header, credential in asked["headers"].items()}
    refused = GeneratedClient(clients[entry.route.dialect], transport).call(entry, asked["path"], asked["query"] or {}, headers)
    assert refused.status_code in (401, 403)
    said = refused.parsed.to_dict()
    assert said.get("statusCode", refused.status_code) == refused.status_code
    assert said["message"]
