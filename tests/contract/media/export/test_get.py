"""GET /media/exports/{name}, and what holds for any link to a file."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import time_machine

from fleet.aws.secret import LEAD
from fleet.delivery import links
from functions.media.export.get import handler
from functions.media.fallback import handler as fallback
from functions.media.job_log.get import handler as job_log
from tests.harness.aws import SECRETS, restore_secrets
from tests.harness.call import Response, call, event_of
from tests.harness.canary import watch_secret
from tests.harness.fleet import Fleet
from tests.harness.recorder import Recorder
from tests.suite.world import World, download_role

WEEK = timedelta(days=7)
ID = "0" * 24
ROUTES = {"exports": handler, "joblogs": job_log}
BASE = "https://muster.example/live"


@pytest.fixture(autouse=True)
def clock(cloud: dict[str, str]) -> Iterator[time_machine.Traveller]:
    """The time stands still; a test may move it."""
    with time_machine.travel(int(time.time()), tick=False) as traveller:
        yield traveller


def follow(url: str) -> Response:
    assert url.startswith(f"{BASE}/media/")
    split = urlsplit(url)
    _, folder, name = split.path.rsplit("/", 2)
    query = dict(parse_qsl(split.query))
    watch_secret(query["s"])
    return call(ROUTES[folder], {"name": name}, query=query)


def location(answer: Response) -> tuple[str, Mapping[str, str]]:
    """The key and the parameters of the URL that an answer leads to."""
    assert answer.status == 302
    split = urlsplit(answer.headers["Location"])
    assert split.scheme == "https"
    return split.path.partition("/files/")[2], dict(parse_qsl(split.query))


def test_a_good_call_is_answered(fleet: Fleet) -> None:
    world = World.make(fleet)
    answer = world.call(handler)
    key, _ = location(answer)
    assert key == f"exports/{world.of(handler).path(handler)['name']}"


@pytest.mark.parametrize(
    ("folder", "extension", "shown_as"),
    [
        ("exports", "csv", "text/csv"),
        ("exports", "json", "application/json"),
        ("joblogs", "log", "text/plain"),
        ("exports", "x7", "application/octet-stream"),
    ],
)
def test_it_leads_to_an_attachment_that_s3_shows_for_a_few_minutes(folder: links.Folder, extension: str, shown_as: str) -> None:
    name = links.new_name(extension)
    answer = follow(links.media_url(BASE, folder, name))
    key, query = location(answer)
    assert key == f"{folder}/{name}"
    assert query["response-content-disposition"] == f'attachment; filename="{name}"'
    assert query["response-content-type"] == shown_as
    assert query["X-Amz-Expires"] == "300"
    assert answer.content == b""
    assert answer.headers.items() >= {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}.items()


def test_a_link_is_the_same_each_time_and_each_call_signs_anew(clock: time_machine.Traveller) -> None:
    name = links.new_name("csv")
    url = links.media_url(BASE, "exports", name)
    assert links.media_url(BASE, "exports", name) == url
    _, first = location(follow(url))
    clock.shift(60)
    _, second = location(follow(url))
    assert first["X-Amz-Date"] != second["X-Amz-Date"]


def test_it_is_good_for_seven_days_and_no_longer(clock: time_machine.Traveller) -> None:
    url = links.media_url(BASE, "exports", links.new_name("csv"))
    clock.shift(WEEK - timedelta(seconds=1))
    assert follow(url).status == 302
    clock.shift(1)
    answer = follow(url)
    assert (answer.status, answer.json) == (404, {"message": "File not found"})
    assert "Location" not in answer.headers


def test_a_hash_is_good_for_its_own_file_alone() -> None:
    name, other = links.new_name("csv"), links.new_name("csv")
    url = links.media_url(BASE, "exports", name)
    for changed in (url.replace(name, other), url.replace("exports", "joblogs"), url.replace("csv", "json")):
        assert follow(changed).status == 404, changed
    assert follow(url).status == 302


@pytest.mark.parametrize(
    "name", ["", "x.csv", "../logs/a.gz", f"{'0' * 24}", f"{'0' * 24}.CSV", f"{'g' * 24}.csv", f"{'0' * 24}-.csv", f"{'0' * 24}.csv\n"]
)
def test_there_is_no_link_to_what_is_no_such_name(name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        links.media_url(BASE, "exports", name)


def test_files_of_one_job_share_their_time() -> None:
    name = links.new_name("csv").replace(".", "-12.")
    assert follow(links.media_url(BASE, "exports", name)).status == 302


def test_it_outlives_the_replacement_of_the_secret(clock: time_machine.Traveller) -> None:
    """A link of the version before is good for its seven days; one that is made with it later is not."""
    before = json.loads(SECRETS["LinkSecret"])
    url = links.media_url(BASE, "exports", links.new_name("csv"))
    made = int(time.time()) + LEAD
    restore_secrets({"LinkSecret": json.dumps({**before, str(made): "n" * 64})})
    clock.shift(LEAD + 1)
    renewed = links.media_url(BASE, "exports", links.new_name("csv"))
    assert renewed.partition("?")[2] != url.partition("?")[2]
    assert [follow(url).status, follow(renewed).status] == [302, 302]
    clock.shift(WEEK + timedelta(seconds=LEAD))
    name = links.new_name("csv")
    good = links.media_url(BASE, "exports", name)
    restore_secrets({"LinkSecret": SECRETS["LinkSecret"]})
    forged = links.media_url(BASE, "exports", name)
    restore_secrets({"LinkSecret": json.dumps({**before, str(made): "n" * 64})})
    assert [follow(forged).status, follow(good).status] == [404, 302]


def test_the_session_that_signs_lasts_longer_than_what_it_signs(
    clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch, aws_requests: Recorder
) -> None:
    """A URL dies with its session: one that has less than ten minutes left signs no more."""
    monkeypatch.setenv("MEDIA_ROLE", download_role("media"))
    url = links.media_url(BASE, "exports", links.new_name("csv"))
    tokens = []
    for shift in (0, 49 * 60, 60 + 1, 60):
        clock.shift(shift)
        _, query = location(follow(url))
        tokens.append(query["X-Amz-Security-Token"])
    assert len(set(tokens)) == 2
    assert tokens[0] == tokens[1]
    assert tokens[2] == tokens[3]
    assert [each for each in aws_requests.requests if each.startswith("sts")] == ["sts:AssumeRole"] * 2


def test_only_get_is_answered() -> None:
    event = event_of(handler, {"name": links.new_name("csv")})
    for method in ("DELETE", "POST", "HEAD"):
        answer = fallback(event | {"httpMethod": method, "requestContext": {**event["requestContext"], "httpMethod": method}}, None)
        assert answer["statusCode"] == 405, method
        assert answer["headers"]["Allow"] == "GET, OPTIONS"
