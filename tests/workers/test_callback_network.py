"""What callbacks cannot reach: private addresses, hosts with another certificate, receivers that are slow."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from fleet.delivery.send_callback import send
from tests.harness.receiver import Receiver, ScriptedNetwork, receiving, status
from tests.workers.callbacks import callback, sent

PUBLIC, OTHER = "93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"


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
