"""The canary: no secret of a test leaves in clear, in any test of the suite.

Every secret that tests make up holds the mark, or is the PIN; one that Muster makes, and shows once, is told to `shown` by what hears
the answer. When a test is over, what it logged and printed (metrics among it) and all that it asked of AWS (items,
messages, objects) is searched for both, plain and encoded, and the test fails for what is found.

In clear they may be, and are not looked for: in answers of routes and what an operator's command prints, which show a
secret to whom it belongs, and in what CloudFormation stands for here, the making of the secrets that keys come from.
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
"""What every made-up secret holds: no encoding of JSON, of URLs or of logs changes it."""
PIN = "86420975"
"""The PIN code of every made-up SIM card: of digits alone."""
_CLAIMS = b'"c":{"client":"'
"""What every token of the Thingsee API holds, encoded; its secret part is a checksum, which cannot hold the mark."""
_SECRET_PART = re.compile(r"wd[ks]_[A-Za-z0-9_-]{12,16}_([A-Za-z0-9_-]{43})")
_MADE_BY_CLOUDFORMATION = {"CreateSecret", "PutSecretValue"}


def _inside(encode: Callable[[bytes], bytes], bits: int, secret: bytes) -> Iterator[bytes]:
    """What an encoding of so many bits a letter makes of a secret wherever it stands in a text: without the letters that
    it shares with its neighbours.
    """
    for before in range(math.lcm(bits, 8) // 8):
        yield encode(bytes(before) + secret)[math.ceil(before * 8 / bits) : (before + len(secret)) * 8 // bits]


def _base64(secret: bytes) -> Iterator[bytes]:
    yield from _inside(base64.b64encode, 6, secret)
    yield from _inside(base64.urlsafe_b64encode, 6, secret)


def forms(secret: bytes) -> frozenset[bytes]:
    """How a secret can be spelled, in whatever stands around it."""
    return frozenset((secret, secret.hex().encode(), *_base64(secret), *_inside(base64.b32encode, 5, secret)))


_ALWAYS = forms(MARK.encode()) | forms(PIN.encode()) | set(_base64(_CLAIMS))


def contains_secret(text: bytes) -> bool:
    """Whether a secret of the tests is in there."""
    return any(form in text for form in _ALWAYS)


class Canary:
    """A plugin of pytest that listens to one test after the other."""

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
        """Where secrets were, each place once; and all that was heard is forgotten."""
        heard = [*self._heard, *((where, text.encode()) for where, text in watch_output)]
        wanted, everything = _ALWAYS | self._shown, b"\n".join(text for _, text in heard)
        self._heard, self._shown = [], set()
        found = [form for form in wanted if form in everything]
        return list(dict.fromkeys(where for where, text in heard if any(form in text for form in found)))

    def hear(self, where: str, text: bytes) -> None:
        self._heard.append((where, text))

    def watch_secret(self, secret: str) -> None:
        self._shown |= forms(secret.encode())


def _bytes(body: Any) -> bytes:
    if hasattr(body, "read"):  # what goes to S3 is read as it is sent
        content: bytes = body.read()
        body.seek(0)
        return content
    return body if isinstance(body, bytes) else str(body).encode()


_listening: list[Canary] = []


def watch_secret(secret: str) -> None:
    """Look for this too, in all that the test did and will do: a secret that Muster made, and showed once.

    Where calls are measured and no test runs, nobody looks.
    """
    for canary in _listening[-1:]:
        canary.watch_secret(secret)


def watch_secrets_in(text: str) -> None:
    """The same of the secret parts of the API keys and the sessions' tokens in a text."""
    for secret in _SECRET_PART.findall(text):
        watch_secret(secret)


def watch_output(text: str) -> None:
    """Have the canary look at what a test took out of what pytest captures, unless it is for an operator's eyes."""
    _listening[-1].hear("printed", text.encode())


def _tell(request: Any, operation_name: str, **_: Any) -> None:
    if _listening and operation_name not in _MADE_BY_CLOUDFORMATION:
        _listening[-1].hear(operation_name, request.url.encode() + b"\n" + _bytes(request.data))


handlers.BUILTIN_HANDLERS.append(("before-sign", _tell))
