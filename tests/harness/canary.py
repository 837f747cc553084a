"""The canary: no secret of a test leaves in clear, in any test of the suite.

Every secret that tests invent contains the mark, or is the PIN; one that Muster generates and shows once is registered with
`watch_secret`. After each test, its logs, output and metrics and all its requests to AWS (items, messages, objects) are
searched for these secrets, plain and encoded, and the test fails if one is found.

Plain secrets are allowed in responses of routes and in output of operator commands, which show a secret to its owner, and in
the creation of the deployment's own secrets.
"""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any

import pytest
from botocore import handlers

MARK = "blue-anchor"
"""The mark in every invented secret: encodings of JSON, URLs and logs do not change it."""
PIN = "86420975"
"""The PIN code of every invented SIM card: digits only. Random ids and hashes may contain them: not the PIN, unless whole."""
_WHOLE_PIN = re.compile(rb"(?<![0-9a-f])" + PIN.encode() + rb"(?![0-9a-f])")
_CLAIMS = b'"c":{"client":"'
"""A part of every Thingsee token before encoding: its secret part is a checksum, which cannot contain the mark."""
_SECRET_PART = re.compile(r"(?:wd[ks]_[A-Za-z0-9_-]{12,16}_|\b[0-9a-f]{24}\.)([A-Za-z0-9_-]{43})")
_MADE_BY_CLOUDFORMATION = {"CreateSecret", "PutSecretValue"}


def _inside(encode: Callable[[bytes], bytes], bits: int, secret: bytes) -> Iterator[bytes]:
    """The encoded forms of a secret at any position of a text, for `bits` a character: without the characters that it shares
    with its neighbours.
    """
    for before in range(math.lcm(bits, 8) // 8):
        yield encode(bytes(before) + secret)[math.ceil(before * 8 / bits) : (before + len(secret)) * 8 // bits]


def _base64(secret: bytes) -> Iterator[bytes]:
    yield from _inside(base64.b64encode, 6, secret)
    yield from _inside(base64.urlsafe_b64encode, 6, secret)


def forms(secret: bytes) -> frozenset[bytes]:
    """The plain and encoded forms of a secret."""
    return frozenset((secret, secret.hex().encode(), *_base64(secret), *_inside(base64.b32encode, 5, secret)))


_ALWAYS = forms(MARK.encode()) | forms(PIN.encode()) | set(_base64(_CLAIMS))


def _is_in(form: bytes, text: bytes) -> bool:
    return form in text and (form != PIN.encode() or _WHOLE_PIN.search(text) is not None)


def contains_secret(text: bytes) -> bool:
    """Whether the content contains a secret of the tests."""
    return any(_is_in(form, text) for form in _ALWAYS)


class Canary:
    """A pytest plugin that checks one test after the other."""

    def __init__(self) -> None:
        self._heard: list[tuple[str, bytes]] = []
        self._shown: set[bytes] = set()

    def pytest_configure(self) -> None:
        _listening.append(self)

    def pytest_unconfigure(self) -> None:
        _listening.remove(self)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if call.when == "teardown":
            leaks = self._leaks(report.sections)
            if leaks and report.passed:
                report.outcome, report.longrepr = "failed", f"A secret left in clear: {', '.join(leaks)}"
        return report

    def _leaks(self, watch_output: Iterable[tuple[str, str]]) -> list[str]:
        """The invented secrets that were found and where, each once; clears what was recorded."""
        heard = [*self._heard, *((where, text.encode()) for where, text in watch_output)]
        wanted, everything = _ALWAYS | self._shown, b"\n".join(text for _, text in heard)
        self._heard, self._shown = [], set()
        found = [form for form in wanted if _is_in(form, everything)]
        return list(dict.fromkeys(f"{form.decode()} in {where}" for where, text in heard for form in found if _is_in(form, text)))

    def hear(self, where: str, text: bytes) -> None:
        self._heard.append((where, text))

    def watch_secret(self, secret: str) -> None:
        self._shown |= forms(secret.encode())


def _bytes(body: Any) -> bytes:
    if hasattr(body, "read"):  # uploads to S3 are read while they are sent
        content: bytes = body.read()
        body.seek(0)
        return content
    return body if isinstance(body, bytes) else str(body).encode()


_listening: list[Canary] = []


def watch_secret(secret: str) -> None:
    """Also search this test for a secret that Muster generated and showed once. Does nothing in benchmarks."""
    for canary in _listening[-1:]:
        canary.watch_secret(secret)


def watch_secrets_in(text: str) -> None:
    """Watch the secret parts of the API keys and session tokens in a text."""
    for secret in _SECRET_PART.findall(text):
        watch_secret(secret)


def watch_output(text: str) -> None:
    """Search output that a test took out of pytest's capture, unless it is meant for an operator."""
    _listening[-1].hear("printed", text.encode())


def _tell(request: Any, operation_name: str, **_: Any) -> None:
    if _listening and operation_name not in _MADE_BY_CLOUDFORMATION:
        _listening[-1].hear(operation_name, request.url.encode() + b"\n" + _bytes(request.data))


handlers.BUILTIN_HANDLERS.append(("before-sign", _tell))
