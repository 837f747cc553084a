"""The canary recognizes every invented secret in every encoding, and fails the test that leaks one."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from urllib.parse import quote

import pytest

from muster.home import ROOT
from tests.harness.aws import SECRETS
from tests.harness.canary import MARK, PIN, contains_secret, forms
from tests.harness.fleet import Fleet
from tests.harness.thingsee_world import SECRET, ThingseeWorld

pytest_plugins = ["pytester"]

SETTING = f"""
import base64, json, logging, sys
import pytest
from edge.observe import count, flush, logger
from fleet.aws import clients
from tests.harness.canary import watch_secret

SECRET, UNMARKED = "my {MARK}-7", "text-without-a-mark"
pytestmark = pytest.mark.usefixtures("cloud")

def put(value):
    clients.dynamodb().put_item(TableName=clients.setting("FLEET_TABLE"), Item={{"pk": {{"S": "x"}}, "sk": {{"S": "x"}}, "body": value}})

def send(text):
    clients.sqs().send_message(QueueUrl=clients.setting("UPLINK_QUEUE"), MessageBody=text)
"""
LEAKS = {
    "log": "logger.info('x', extra={'y': SECRET})",
    "log_of_a_fault": "try:\n        raise ValueError(SECRET)\n    except ValueError:\n        logger.exception('x')",
    "log_of_another_library": "logging.getLogger('boto').warning(SECRET)",
    "metric": "count(SECRET); flush()",
    "printed": "print(SECRET)",
    "printed_as_an_error": "print(SECRET, file=sys.stderr)",
    "item": "put({'S': json.dumps({'key': SECRET})})",
    "item_of_bytes": "put({'B': SECRET.encode()})",
    "item_of_base64": "put({'S': base64.b64encode(b'a' + SECRET.encode()).decode()})",
    "message": "send(SECRET)",
    "message_in_a_message": "send(json.dumps({'body': json.dumps({'key': SECRET + '\"'})}))",
    "object": "clients.s3().put_object(Bucket='files', Key='x', Body=SECRET.encode())",
    "name_of_an_object": "clients.s3().put_object(Bucket='files', Key=SECRET, Body=b'')",
    "signed_address": "clients.s3().generate_presigned_url('get_object', {'Bucket': 'files', 'Key': SECRET})",
    "shown_once": "send(UNMARKED); watch_secret(UNMARKED)",
}
HARMLESS = {
    "nothing_secret": "logger.info('x'); count('X'); flush(); print('x'); put({'S': 'anchor'}); send('blue')",
    "shown_and_kept_nowhere": "watch_secret(UNMARKED)",
    "not_shown_here": "send(UNMARKED)",
}


@pytest.mark.slow
def test_a_leak_fails_the_test_from_which_it_comes(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeconftest("from tests.conftest import _recorders, cloud, pytest_configure")
    pytester.makepyfile(SETTING + "".join(f"\ndef test_{name}():\n    {body}\n" for name, body in {**LEAKS, **HARMLESS}.items()))
    ended = pytester.runpytest_subprocess("-q", "--tb=no", "-rE", "--show-capture=no")
    capsys.readouterr()  # names the leaks, in whole where lines are long, and is no leak itself
    assert ended.parseoutcomes() == {"passed": len(LEAKS) + len(HARMLESS), "errors": len(LEAKS)}
    assert set(re.findall(r"^ERROR \S+::test_(\w+)", ended.stdout.str(), re.MULTILINE)) == set(LEAKS)


@pytest.mark.parametrize("around", ["", "x", "xy", "xyz", "wxyz"])
@pytest.mark.parametrize(
    "spell",
    [
        lambda text: text,
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
        lambda text: base64.b32encode(text.encode()).decode(),
        lambda text: text.encode().hex(),
    ],
    ids=["plain", "base64", "urlsafe", "base32", "hex"],
)
@pytest.mark.parametrize("secret", [MARK, "a?>~þÿ>?secret"])
def test_a_secret_is_known_however_it_is_spelled(spell: Callable[[str], str], around: str, secret: str) -> None:
    wanted = forms(secret.encode())
    assert any(form in spell(f"{around}{secret}{around}").encode() for form in wanted)
    assert not any(form in spell(f"{around}{secret[::-1]}{around}").encode() for form in wanted)


def test_the_pin_is_known_where_it_is_whole() -> None:
    assert [text for text in (f'"{PIN}"', f"{PIN}", f":{PIN}}}", f"pin{PIN}x") if not contains_secret(text.encode())] == []
    assert [text for text in (f"6b0da81a{PIN}", f"{PIN}c1006619", f"1{PIN}") if contains_secret(text.encode())] == []


def test_the_mark_is_spelled_alike_in_json_and_in_addresses() -> None:
    assert MARK in quote(MARK)
    assert MARK in json.dumps({"key": f'"{MARK}"'})


def test_every_secret_of_the_tests_holds_the_mark(fleet: Fleet) -> None:
    organization, hardware = fleet.organization(), fleet.hardware()
    console_user = fleet.console_user(organization)
    private = [key.private_bytes_raw() for key in (hardware.signing, hardware.sealing)]
    texts = [
        *SECRETS.values(),
        SECRET,
        console_user.password,
        *(text.split("_", 2)[2] for text in (fleet.session(console_user), fleet.key(organization))),
    ]
    seed = console_user.seed or b""
    spelled = [base64.b32encode(seed).decode(), *(base64.b64encode(key).decode() for key in private)]
    assert [text for text in (*texts, *spelled, ThingseeWorld.of(fleet).token) if not contains_secret(text.encode())] == []
    assert [raw for raw in (seed, *private) if not contains_secret(raw)] == []
