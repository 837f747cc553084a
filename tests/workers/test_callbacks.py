"""Callbacks: posted by the worker, repeated, given up."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fleet.delivery.send_callback import send
from functions.workers.callback.send import handler
from tests.harness.canary import MARK
from tests.harness.receiver import Receiver, receiving, status
from tests.workers.callbacks import BODY, callback
from tests.workers.messages import UplinkMessage, deliver


def message(url: str, tries: int = 1, **fields: Any) -> UplinkMessage:
    return UplinkMessage(callback(url, **fields).model_dump_json(), "", tries=tries)


class TestDelivery:
    """Through the worker, to a server on loopback, which the deployment's parameter allows."""

    @pytest.fixture(autouse=True)
    def _allowed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PRIVATE_HOSTS", "other.example, LOCALHOST")

    def test_it_is_posted_as_json_with_the_id_of_the_delivery(self, receiver: Receiver) -> None:
        assert deliver(handler, message(f"http://localhost:{receiver.port}/hook?of=me#part")) == []
        (post,) = receiver.posts
        assert post.line == "POST /hook?of=me HTTP/1.1"
        assert json.loads(post.body) == BODY
        assert post.headers["host"] == f"localhost:{receiver.port}"
        assert post.headers["content-type"] == "application/json"
        assert post.headers["x-muster-delivery"] == "d-1"
        assert post.headers["user-agent"].startswith("Muster/")

    def test_every_2xx_is_delivered(self, receiver: Receiver) -> None:
        for code in (200, 201, 202, 204, 299):
            receiver.answer = status(code)
            assert deliver(handler, message(f"http://localhost:{receiver.port}")) == [], code
        assert len(receiver.posts) == 5

    def test_what_is_not_taken_comes_again_and_is_given_up_at_last(
        self, receiver: Receiver, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        receiver.answer = status(500)
        url = f"http://localhost:{receiver.port}/{MARK}"
        assert [len(deliver(handler, message(url, tries=number))) for number in (1, 2, 3)] == [1, 1, 0]
        assert {post.headers["x-muster-delivery"] for post in receiver.posts} == {"d-1"}
        assert len(receiver.posts) == 3
        said = capsys.readouterr().out
        assert said.count('"CallbackUndelivered"') == 2 * said.count('"CallbackFailed"') > 0
        assert "RecordsFailed" not in said
        logged = [(record.__dict__["outcome"], record.__dict__["reason"]) for record in caplog.records]
        assert logged == [("Undelivered", "status 500"), ("Undelivered", "status 500"), ("Failed", "status 500")]
        assert MARK not in str([record.__dict__ for record in caplog.records])

    def test_a_second_delivery_posts_the_same_again(self, receiver: Receiver) -> None:
        one = message(f"http://localhost:{receiver.port}/")
        assert deliver(handler, one) == deliver(handler, one) == []
        assert receiver.posts[0] == receiver.posts[1]

    def test_the_number_of_tries_is_the_messages(self, receiver: Receiver) -> None:
        receiver.answer = status(404)
        once, url = {"tries": 1}, f"http://localhost:{receiver.port}/"
        assert deliver(handler, UplinkMessage(callback(url).model_dump_json(), "")) != []
        assert deliver(handler, UplinkMessage(callback(url, **once).model_dump_json(), "")) == []

    def test_a_redirect_is_not_followed(self, receiver: Receiver) -> None:
        with receiving() as second:
            for code in (301, 302, 303, 307, 308):
                receiver.answer = status(code, Location=f"http://localhost:{second.port}/")
                assert deliver(handler, message(f"http://localhost:{receiver.port}/")) != [], code
            assert second.posts == []

    def test_a_host_that_is_not_listed_is_refused_though_it_is_the_same_server(self, receiver: Receiver) -> None:
        for host in ("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"):
            assert deliver(handler, message(f"http://{host}:{receiver.port}/")) != [], host
            assert deliver(handler, message(f"http://{host}:{receiver.port}/", tries=3)) == [], host
        assert receiver.posts == []

    def test_nobody_there_is_undelivered(self, receiver: Receiver) -> None:
        port = receiver.port
        assert send(callback(f"http://localhost:{port}/"), 1, ("localhost",))[0] == "Delivered"
        with receiving() as gone:
            pass
        assert send(callback(f"http://localhost:{gone.port}/"), 1, ("localhost",)) == ("Undelivered", "no connection")

    def test_what_is_no_callback_fails_without_being_shown(
        self, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
    ) -> None:
        """It is a fault of ours, so it is counted as one, and comes to the dead letters of the queue."""
        assert deliver(handler, UplinkMessage(json.dumps({"id": "d", "url": MARK}), "")) != []
        assert "RecordsFailed" in capsys.readouterr().out
        assert MARK not in caplog.text
