"""Which URLs may be called, as far as the text tells."""

from __future__ import annotations

import pytest

from fleet.delivery.callback_url import CallbackUrl, check_url
from fleet.errors import Invalid


@pytest.mark.parametrize(
    ("url", "parsed"),
    [
        ("https://a.example", CallbackUrl("https", "a.example", 443, "/", False)),
        ("HTTP://A.Example:8080/p/q?r=s&t#u", CallbackUrl("http", "a.example", 8080, "/p/q?r=s&t", False)),
        ("http://a.example?x", CallbackUrl("http", "a.example", 80, "/?x", False)),
        ("http://xn--bcher-kva.example/%FF", CallbackUrl("http", "xn--bcher-kva.example", 80, "/%FF", False)),
        ("http://my_host/", CallbackUrl("http", "my_host", 80, "/", False)),
        ("http://93.184.216.34/", CallbackUrl("http", "93.184.216.34", 80, "/", True)),
        ("http://[2606:4700:0:0::1]:81/", CallbackUrl("http", "2606:4700::1", 81, "/", True)),
        ("http://localhost/", CallbackUrl("http", "localhost", 80, "/", False)),
        ("http://a.example/@user:secret@b.example", CallbackUrl("http", "a.example", 80, "/@user:secret@b.example", False)),
    ],
)
def test_it_is_taken_apart(url: str, parsed: CallbackUrl) -> None:
    assert CallbackUrl.parse(url) == parsed
    check_url(url)


@pytest.mark.parametrize(
    ("url", "authority"),
    [
        ("http://a.example:80/", "a.example"),
        ("https://a.example:80/", "a.example:80"),
        ("https://[2606:4700::1]/", "[2606:4700::1]"),
        ("https://[2606:4700::1]:8443/", "[2606:4700::1]:8443"),
    ],
)
def test_the_host_header_has_the_port_unless_it_is_the_usual_one(url: str, authority: str) -> None:
    assert CallbackUrl.parse(url).authority == authority


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "a.example",
            "//a.example/",
            "/hook",
            "http:/a.example",
            "http:///",
            "http://",
            "http://?x",
            "http://:80/",
            "mailto:a@b.example",
        ),
        *("ftp://a.example/", "file:///etc/passwd", "gopher://a.example/", "javascript://a.example/"),
        *("http://user@a.example/", "http://user:secret@a.example/", "http://a.example@b.example/", "http://@a.example/"),
        *("http://a.example\\@b.example/", "http://a.example\\b", "http:\\\\a.example", "http://a.example /", " http://a.example/"),
        *("http://a.example/\r\nX: y", "http://a.example/\t", "http://a.example/\x00", "http://a.example/\x7f", "http://a.example/a b"),
        *("http://bücher.example/", "http://a.example/ü", "http://①②⑦.⓪.⓪.①/", "http://a。example/", "http://ａ.example/"),
        *(
            "http://a.example./",
            "http://a..example/",
            "http://.a.example/",
            "http://-a.example/",
            "http://a-.example/",
            "http://a.%65xample/",
        ),
        *("http://127.1/", "http://0177.0.0.1/", "http://0x7f.0.0.1/", "http://0x7f000001/", "http://2130706433/", "http://127.0.0.0x1/"),
        *("http://1.2.3.4.5/", "http://256.1.1.1/", "http://a.1/", "http://1.2.3.04/", "http://0x/", "http://1.2.3.4./"),
        *("http://a.example:0/", "http://a.example:65536/", "http://a.example:x/", "http://a.example:/", "http://a.example:+80/"),
        *(
            "http://[::1/",
            "http://::1/",
            "http://[]/",
            "http://[a.example]/",
            "http://[2606:4700::1%25eth0]/",
            "http://[2606:4700::1%eth0]/",
        ),
        *("http://[1.2.3.4]/", f"http://{'a' * 64}.example/", f"http://{'a.' * 130}example/", "http://a.example/" + "x" * 1008),
    ],
)
def test_it_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_url(url)
    (problem,) = refused.value.details
    assert problem.place == ("callbackUrl",)
    assert "secret" not in problem.message


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[fd00:ec2::254]", "[fe80::1]"]
)
def test_a_private_address_is_refused_at_once(host: str) -> None:
    with pytest.raises(Invalid):
        check_url(f"https://{host}:8443/hook")


def test_schemes_and_place_are_the_callers() -> None:
    check_url("https://a.example/", ("https",))
    with pytest.raises(Invalid) as refused:
        check_url("http://a.example/", ("https",), ("webhook_endpoint",))
    assert refused.value.details[0].place == ("webhook_endpoint",)


def test_1024_characters_are_taken() -> None:
    check_url("http://a.example/" + "x" * (1024 - len("http://a.example/")))
