"""Callbacks: posted by the worker, repeated, given up; and what they cannot reach."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fleet.delivery.callback import Callback
from fleet.delivery.send_callback import Outcome, send
from functions.workers.callback.send import handler
from tests.harness.canary import MARK
from tests.harness.receiver import Receiver, ScriptedNetwork, receiving, status
from tests.workers.messages import UplinkMessage, deliver

PUBLIC, OTHER = "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"
BODY = {"downloadUrls": ["https://muster.example/media/exports/ü"]}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def callback(url: str, **fields: Any) -> Callback:
    return Callback(id="d-1", organization="65f0c0de0000000000000001", url=url, body=BODY, **fields)


def message(url: str, tries: int = 1, **fields: Any) -> UplinkMessage:
    return UplinkMessage(callback(url, **fields).model_dump_json(), "", tries=tries)


def sent(url: str, network: ScriptedNetwork, number: int = 1, **fields: Any) -> tuple[Outcome, str]:
    """What comes of posting to a URL in this network."""
    return send(callback(url, **fields), number, (), network.network)


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


class TestAddresses:
    """The host is resolved once, and what is judged is what is called."""

    def test_a_name_that_becomes_private_at_the_second_look_is_called_where_it_was(self, receiver: Receiver) -> None:
        network = ScriptedNetwork({"a.example": [[PUBLIC], ["127.0.0.1"]]}, receiver.port)
        assert sent("http://a.example/hook", network) == ("Delivered", "")
        assert (network.resolved, network.connected) == (["a.example"], [PUBLIC])
        assert sent("http://a.example/hook", network) == ("Undelivered", "the host is private")
        assert network.connected == [PUBLIC]
        assert [post.headers["host"] for post in receiver.posts] == ["a.example"]

    @pytest.mark.parametrize(
        "address",
        [
            *(
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "100.64.0.1",
                "100.127.255.254",
                "127.0.0.1",
                "127.255.0.1",
                "169.254.169.254",
                "169.254.170.2",
            ),
            *("172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7"),
            *("203.0.113.9", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
            *("::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:93.184.216.34", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b:1::1"),
            *(
                "100::1",
                "2001::1",
                "2001:db8::1",
                "2002:7f00:1::",
                "3fff::1",
                "fc00::1",
                "fd00:ec2::254",
                "fe80::1",
                "fe80::1%eth0",
                "fec0::1",
            ),
            *("ff02::1", "2001:10::1", "5f00::1"),
        ],
    )
    def test_none_of_a_private_or_special_network_is_called(self, address: str, receiver: Receiver) -> None:
        for answer in ([address], [PUBLIC, address]):
            network = ScriptedNetwork({"a.example": [answer]}, receiver.port)
            assert sent("http://a.example/", network) == ("Undelivered", "the host is private")
            assert network.connected == []
        if "%" not in address:
            literal = ScriptedNetwork({}, receiver.port)
            assert sent(f"http://[{address}]/" if ":" in address else f"http://{address}/", literal)[1] == "the host is private"
            assert (literal.resolved, literal.connected) == ([], [])

    @pytest.mark.parametrize(
        "address", ["1.1.1.1", "93.184.216.34", "172.32.0.1", "100.128.0.1", "192.0.1.1", "2606:4700::1", "2a05:d018::1"]
    )
    def test_public_ones_are(self, address: str, receiver: Receiver) -> None:
        network = ScriptedNetwork({"a.example": [[address]]}, receiver.port)
        assert sent("http://a.example/", network) == ("Delivered", "")
        assert network.connected == [address]

    def test_another_address_is_tried_where_nobody_answers(self) -> None:
        network = ScriptedNetwork({"a.example": [[OTHER, PUBLIC]]})
        assert sent("http://a.example/", network) == ("Undelivered", "no connection")
        assert network.connected == [OTHER, PUBLIC]

    def test_an_unknown_host_is_undelivered(self) -> None:
        assert sent("http://a.example/", ScriptedNetwork({})) == ("Undelivered", "the host is unknown")

    def test_a_redirect_to_the_metadata_is_not_followed(self, receiver: Receiver) -> None:
        receiver.answer = status(307, Location="http://169.254.169.254/latest/meta-data/")
        network = ScriptedNetwork({"a.example": [[PUBLIC]]}, receiver.port)
        assert sent("http://a.example/", network) == ("Undelivered", "status 307")
        assert network.connected == [PUBLIC]

    def test_what_the_message_does_not_allow_is_given_up_at_once(self, receiver: Receiver) -> None:
        network = ScriptedNetwork({"a.example": [[PUBLIC]], "b.example": [[PUBLIC]]}, receiver.port)
        assert sent("http://a.example/", network, schemes=("https",)) == ("Failed", "the URL is refused")
        assert sent("http://b.example/", network, allow=("a.example",)) == ("Failed", "the host is not allowed")
        assert sent("http://A.example/", network, allow=("a.example",)) == ("Delivered", "")
        assert network.connected == [PUBLIC]

    def test_a_proxy_of_the_environment_is_not_used(self, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:9")
        network = ScriptedNetwork({"a.example": [[PUBLIC]]}, receiver.port)
        assert sent("http://a.example/", network) == ("Delivered", "")


class TestCertificate:
    """TLS goes by the name, though the connection is made to an address."""

    @pytest.fixture
    def trusted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
        """A server's context for a.example, whose certificate clients trust."""
        key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a.example")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("a.example")]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        file = tmp_path / "both.pem"
        form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        file.write_bytes(key.private_bytes(*form) + certificate.public_bytes(form[0]))
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def test_it_has_to_be_that_of_the_name(self, trusted: ssl.SSLContext) -> None:
        with receiving(trusted) as receiver:
            network = ScriptedNetwork({"a.example": [[PUBLIC]], "b.example": [[PUBLIC]]}, receiver.port)
            assert sent("https://a.example/x", network) == ("Delivered", "")
            assert sent("https://b.example/x", network) == ("Undelivered", "the certificate is not that of the host")
            assert sent(f"https://{PUBLIC}/x", network) == ("Undelivered", "the certificate is not that of the host")
            assert [post.headers["host"] for post in receiver.posts] == ["a.example"]

    def test_one_that_nobody_trusts_is_refused(self, trusted: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("SSL_CERT_FILE")
        with receiving(trusted) as receiver:
            network = ScriptedNetwork({"a.example": [[PUBLIC]]}, receiver.port)
            assert sent("https://a.example/x", network) == ("Undelivered", "the certificate is not that of the host")
            assert receiver.posts == []

    def test_a_server_without_tls_is_undelivered(self, receiver: Receiver) -> None:
        assert sent("https://a.example/", ScriptedNetwork({"a.example": [[PUBLIC]]}, receiver.port)) == ("Undelivered", "no answer")
        assert receiver.posts == []


class TestTime:
    """A receiver cannot hold the worker: everything together has ten seconds, here half a second."""

    @pytest.fixture(autouse=True)
    def network(self, receiver: Receiver) -> ScriptedNetwork:
        return ScriptedNetwork({"a.example": [[PUBLIC]]}, receiver.port)

    def test_an_answer_a_byte_at_a_time_is_cut_off(self, receiver: Receiver, network: ScriptedNetwork) -> None:
        def drip(handler: BaseHTTPRequestHandler) -> None:
            for _ in range(100):
                handler.wfile.write(b"H")
                time.sleep(0.05)

        receiver.answer = drip
        started = time.monotonic()
        assert send(callback("http://a.example/"), 1, (), network.network, 0.5) == ("Undelivered", "no answer")
        assert time.monotonic() - started < 2

    def test_a_body_that_never_ends_is_not_waited_for(self, receiver: Receiver, network: ScriptedNetwork) -> None:
        def endless(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(200)
            handler.end_headers()
            for _ in range(100):
                handler.wfile.write(b"x")
                time.sleep(0.05)

        receiver.answer = endless
        started = time.monotonic()
        assert send(callback("http://a.example/"), 1, (), network.network, 0.5) == ("Delivered", "")
        assert time.monotonic() - started < 2

    def test_a_handshake_a_byte_at_a_time_is_cut_off(self, network: ScriptedNetwork) -> None:
        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                connection.sendall(b"\x16\x03\x03\x3f\xff")  # the beginning of a long record
                for _ in range(100):
                    connection.sendall(b"x")
                    time.sleep(0.05)

        with socket.create_server(("127.0.0.1", 0)) as server:
            thread = threading.Thread(target=drip)
            thread.start()
            network.port = server.getsockname()[1]
            started = time.monotonic()
            assert send(callback("https://a.example/"), 1, (), network.network, 0.5) == ("Undelivered", "no answer")
            assert time.monotonic() - started < 2
            thread.join()
