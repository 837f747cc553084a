"""What an export of devices says when it is done, and how its link gets to whom it is for."""

from __future__ import annotations

import json

import pytest

from fleet.delivery import links
from functions.media.export.get import handler as follow
from functions.workers.callback.send import handler as send_callback
from tests.harness.aws import item
from tests.harness.call import call
from tests.harness.jobs import job, letters, work
from tests.harness.receiver import receiving
from tests.harness.wegnology_world import WegnologyWorld
from tests.workers.device_exports import BASE, accept
from tests.workers.messages import UplinkMessage, deliver


def test_more_keys_of_tags_than_a_job_can_remember_fail_at_once(world: WegnologyWorld) -> None:
    for device in range(15):
        world.device(f"Pump {device}", tags=tuple({"key": f"{device}-{tag:02d}-{'a' * 250}", "value": "north"} for tag in range(100)))
    id = accept(world, callback="https://example.com/done", email="ada@example.com")
    assert work(id)
    assert (job(id).state, job(id).files) == ("failed", ())
    (callback,), (mail,) = letters("Callbacks", id), letters("Mail", id)
    assert callback["body"]["status"] == "failed"
    assert "too many keys" in callback["body"]["error"]["message"]
    assert "too many keys" in mail["text"]
    assert work(accept(world, format="json"))


def test_keys_and_a_query_that_a_job_cannot_remember_together_fail_at_once(world: WegnologyWorld) -> None:
    """Each of them alone would be small enough."""
    for device in range(3):
        world.device(f"Pump {device}", tags=tuple({"key": f"{device}-{tag:02d}-{'a' * 250}", "value": "north"} for tag in range(100)))
    id = accept(world, {"name": {"$nin": ["x" * 3400] * 100}}, callback="https://example.com/done")
    assert work(id)
    assert (job(id).state, job(id).files) == ("failed", ())
    assert "too many keys" in job(id).error
    assert work(accept(world, {"name": {"$nin": ["x"] * 100}}))


def test_what_it_says_and_whom(world: WegnologyWorld) -> None:
    """Neither the job nor a queue has the link, which is a secret."""
    id = accept(world, callback="https://example.com/done", email="ada@example.com")
    assert work(id)
    ((_, name),) = job(id).files
    (callback,), (mail,) = letters("Callbacks", id), letters("Mail", id)
    told = {"jobId": id, "applicationId": world.organization.id, "name": "devices.export", "status": "completed", "output": {}}
    assert callback["body"] == told
    assert (callback["base"], callback["files"]) == (mail["base"], mail["files"]) == (BASE, [["exports", name]])
    assert mail["subject"] == "Export devices: completed"
    assert "?s=" not in str([callback, mail, item("FleetTable", f"JOB#{id}", "JOB")])


def test_the_links_are_made_when_it_is_delivered(world: WegnologyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """The callback has them in its output; whoever follows one gets the file."""
    monkeypatch.setenv("PRIVATE_HOSTS", "localhost")
    with receiving() as receiver:
        id = accept(world, callback=f"http://localhost:{receiver.port}/")
        assert work(id)
        (letter,) = letters("Callbacks", id)
        assert deliver(send_callback, UplinkMessage(json.dumps(letter), "")) == []
        posted = json.loads(receiver.posts[0].body)
    ((_, name),) = job(id).files
    url = links.media_url(BASE, "exports", name)
    assert posted == {**letter["body"], "output": {"downloadUrls": [url]}}
    assert url.startswith(f"{BASE}/media/exports/{name}?s=")
    assert call(follow, {"name": name}, query={"s": url.partition("?s=")[2]}).status == 302
