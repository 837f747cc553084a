"""Where the core speaks of one API, and why it has to. Everything else that an API alone says is in its dialect."""

from __future__ import annotations

import re

import pytest

from tests.architecture.source import Source, sources

CORE = "layers/fleet/python/fleet/"
CITED = re.compile(r"(wisdm|thingsee)\.md")
"""A citation of a contract: the rule that the line carries out is written there."""
NAME = re.compile(r"thingsee|wisdm", re.IGNORECASE)
PART = "the device or location has a part for each API that says more of it"
WIRE = "firmware speaks these words: a message type or a member of a message (docs/device-plane.md)"
WHY = {
    "alerts/connection.py": WIRE,
    "commands/kinds.py": WIRE,
    "configuration/configuration.py": WIRE,
    "configuration/register.py": PART,
    "identity/client.py": "clients are the accounts of one API, as API keys are those of another",
    "identity/clients.py": "as identity/client.py",
    "identity/identify_client.py": "as identity/client.py; and its tokens are bound to the API",
    "identity/issue_client_token.py": "as identity/client.py",
    "lifecycle/provision.py": PART,
    "outbox/message.py": WIRE,
    "plane/config_messages.py": WIRE,
    "plane/dispatch.py": f"{WIRE}; {PART}",
    "plane/on_things.py": WIRE,
    "registry/device.py": PART,
    "registry/gateways.py": "the projection by serial number is for the routes of one API",
    "registry/group.py": "one API can show only groups whose names are its ids, which the core has to know to list things",
    "registry/groups.py": "as registry/group.py",
    "registry/location.py": PART,
    "registry/locations.py": "names of locations are unique in one API only",
    "registry/manage_groups.py": "as registry/group.py",
    "registry/manage_locations.py": "as registry/locations.py",
    "presence/report_presence.py": "presence has a subscriber for each API that shows it",
    "registry/thing.py": PART,
}


def speaks(source: Source) -> bool:
    """Whether a file names an API otherwise than in a citation."""
    return NAME.search(CITED.sub("", source.text)) is not None


@pytest.mark.parametrize("source", sources(CORE.rstrip("/")), ids=str)
def test_a_file_that_names_an_api_is_listed_with_the_reason(source: Source) -> None:
    name = source.name.removeprefix(CORE)
    assert speaks(source) == (name in WHY), f"{name}: move what is one API's to its dialect, or say in WHY why it has to be here"


def test_the_list_names_files_that_are_there() -> None:
    assert WHY.keys() <= {source.name.removeprefix(CORE) for source in sources(CORE.rstrip("/"))}
