"""What takes leave away from gateways, users and organizations at once: in force with the next request or message, and in the audit log."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.files.files import Logs
from fleet.identity import manage_organizations
from fleet.ids import to_uuid
from fleet.registry.gateways import Gateways
from functions.wisdm.action.reboot import handler as reboot
from functions.wisdm.api_key import list as list_keys
from functions.wisdm.api_key import regenerate
from functions.wisdm.session import create as sign_in
from functions.wisdm.version import get as get_version
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.files.record import handler as record
from functions.workers.uplink.receive import handler as receive
from muster.operator import api_key, organization, user
from tests.harness.call import Response, call
from tests.harness.interference import before_next_transaction
from tests.harness.people import OPERATOR
from tests.operator.console import Console
from tests.operator.shared_gateway import SN, SharedGateway
from tests.workers.messages import NOW, dead_letters, deliver, deliver_rows, downlink_messages, hello, outbox, uplink_message
from tests.workers.test_files import object_event, object_events, store

EMAIL, PASSWORD = "ada@harbour.example", "blue-anchor horse 9!"
BLOCK, UNBLOCK = ("gateway", "block", "--sn", SN.lower()), ("gateway", "unblock", "--sn", SN.lower())


@pytest.fixture
def ada(cloud: dict[str, str]) -> user.UserState:
    organization.create("Harbour", "harbour")
    return user.create(EMAIL, ["harbour:manager"], username="ada", password=PASSWORD)


def actions(muster: Console, *of: str) -> list[str]:
    """What a log says was done, all of it by the operator; sorted, as some tests stop the clock. Without attempts to sign in."""
    entries = [entry for entry in muster("audit", *of, "--json").json if "source" not in entry]
    assert {entry["actor"] for entry in entries} <= {OPERATOR.actor}
    return sorted(entry["action"] for entry in entries)


class TestGateway:
    """`muster gateway block` and `unblock`."""

    def last_boot(self) -> str:
        return fetch(EVERYWHERE, Gateways.by_sn(SN)).boot

    def send(self, shared_gateway: SharedGateway, number: int) -> None:
        """The gateway starts anew and says hello."""
        boot = f"00000000-0000-0000-0000-0000000000{number:02}"
        hardware, at = shared_gateway.hardware, NOW - timedelta(minutes=9 - number)
        message = uplink_message(hardware, "hello", hello(hardware), boot=boot, seq=number, sent=at, received=at)
        assert deliver(receive, message) == []

    def test_what_it_sends_is_refused_and_counted(
        self, shared_gateway: SharedGateway, muster: Console, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = self.last_boot()
        assert muster(*BLOCK).out == f"Gateway {SN} is blocked\n"
        self.send(shared_gateway, 2)
        assert '"UplinkBlocked":[1.0]' in capsys.readouterr().out
        assert (self.last_boot(), dead_letters()) == (before, [])
        assert muster(*UNBLOCK, "--json").json == {"sn": SN, "blocked": False, "organization": shared_gateway.organization.id}
        self.send(shared_gateway, 3)
        assert self.last_boot().endswith("03")
        assert actions(muster, "--gateway", SN) == ["gateway.blocked", "gateway.unblocked"]

    def test_its_queue_is_emptied_and_gets_nothing(self, shared_gateway: SharedGateway, muster: Console) -> None:
        rows = outbox(shared_gateway.hardware)
        deliver_rows(dispatch, rows)
        muster(*BLOCK)
        assert downlink_messages(shared_gateway.hardware) == []
        assert call(reboot, {"sn": SN}, key=shared_gateway.key).status == 204
        later = [row for row in outbox(shared_gateway.hardware) if row not in rows]
        assert (len(later), deliver_rows(dispatch, later), downlink_messages(shared_gateway.hardware)) == (1, [], [])
        muster(*UNBLOCK)
        deliver_rows(dispatch, later)
        assert [message["type"] for message in downlink_messages(shared_gateway.hardware)] == ["action.reboot"]

    def test_no_upload_is_granted_and_none_is_listed(self, shared_gateway: SharedGateway, muster: Console) -> None:
        shared_gateway.report("config.reported", {"version": 1, "syslog": {"shareLogs": "wisdm"}}, 2, NOW - timedelta(minutes=8))
        request = {"date": "2026-01-04", "name": "syslog", "sizeBytes": 9, "sha256": hashlib.sha256(b"log").hexdigest()}
        ask: dict[str, Any] = {"type": "syslog.request", "payload": request, "at": NOW}
        shared_gateway.report(**ask, seq=3)
        granted = [row for row in outbox(shared_gateway.hardware) if "syslog.grant" in row["body"]["S"]]
        muster(*BLOCK)
        assert (len(granted), deliver_rows(dispatch, granted), downlink_messages(shared_gateway.hardware)) == (1, [], [])
        deliver(record, object_events(object_event(store(f"logs/{SN}/2026-01-04/syslog.gz"))))
        span = (NOW - timedelta(days=9), NOW + timedelta(days=9))
        assert list(Logs.between(EVERYWHERE, shared_gateway.organization.id, SN, *span, NOW)) == []

    def test_blocking_twice_is_one_entry(self, shared_gateway: SharedGateway, muster: Console) -> None:
        assert [muster(*BLOCK).code for _ in range(2)] == [0, 0]
        muster("gateway", "rekey", "--sn", SN)
        assert actions(muster, "--gateway", SN.lower()) == ["gateway.blocked", "gateway.rekeyed"]
        self.send(shared_gateway, 2)  # signed with the old key
        assert [each["reason"] for each in dead_letters()] == ["forged"]

    def test_an_unknown_one(self, muster: Console) -> None:
        for command in (BLOCK, UNBLOCK):
            assert "muster gateway provision" in muster.refused(*command)


class TestUser:
    """`muster user sign-out`, `password` and `authenticator`."""

    def sign_in(self, password: str = PASSWORD, code: str | None = None) -> Response:
        return call(sign_in.handler, body={"email": EMAIL, "password": password, "verificationCode": code})

    def keys(self, token: str) -> int:
        path = {"organizationId": to_uuid(organization.show("harbour").id)}
        return call(list_keys.handler, path, headers={"Authorization": f"Bearer {token}"}).status

    def test_signing_out_ends_every_session(self, muster: Console, ada: user.UserState) -> None:
        tokens = [self.sign_in().json["token"] for _ in range(2)]
        assert [self.keys(token) for token in tokens] == [200, 200]
        assert muster("user", "sign-out", "--user", "ada").code == 0
        assert [self.keys(token) for token in tokens] == [401, 401]
        assert self.keys(self.sign_in().json["token"]) == 200
        assert actions(muster, "--user", "ada") == ["user.signed_out"]

    def test_another_password(self, muster: Console, ada: user.UserState, tmp_path: Any) -> None:
        token = self.sign_in().json["token"]
        shown = muster("user", "password", "--user", "ada", "--json").json["password"]
        assert (self.keys(token), self.sign_in().status, self.sign_in(shown).status) == (401, 401, 201)
        (tmp_path / "password").write_text("red-anchor horse 9!\n")
        assert "password" not in muster("user", "password", "--user", "ada", "--password-file", str(tmp_path / "password"), "--json").json
        assert (self.sign_in(shown).status, self.sign_in("red-anchor horse 9!").status) == (401, 201)
        (tmp_path / "password").write_text("short")
        assert "--password-file must have 12" in muster.misused(
            "user", "password", "--user", "ada", "--password-file", str(tmp_path / "password")
        )
        assert actions(muster, "--user", ada.id).count("user.password_changed") == 2

    def test_another_authenticator_and_none(self, muster: Console, ada: user.UserState) -> None:
        token = self.sign_in().json["token"]
        made = muster("user", "authenticator", "--user", "ada", "--json").json
        assert made["totpUri"].startswith("otpauth://totp/Muster%20Harbour:ada@harbour.example?")
        assert (self.keys(token), self.sign_in().status) == (401, 401)
        token = self.sign_in(code=user.code(made["totpSecret"]).code).json["token"]
        assert muster("user", "authenticator", "--user", "ada", "--remove", "--json").json["authenticator"] is False
        assert (self.keys(token), self.sign_in().status) == (401, 201)
        assert actions(muster, "--user", "ada").count("user.authenticator_changed") == 2

    def test_disabling_and_enabling_are_in_the_log(self, muster: Console, ada: user.UserState) -> None:
        for verb in ("disable", "disable", "enable"):
            muster("user", verb, "--user", "ada")
        assert actions(muster, "--user", "ada") == ["user.disabled", "user.enabled"]
        muster("user", "delete", "--user", "ada")
        assert actions(muster, "--user", ada.id) == ["user.disabled", "user.enabled"]

    def test_nobody(self, muster: Console) -> None:
        for verb in ("sign-out", "password", "authenticator"):
            assert "muster user create" in muster.refused("user", verb, "--user", "nobody")


class TestPlan:
    """`muster organization plan`."""

    def plan(self, muster: Console, name: str) -> bool:
        answer: bool = muster("organization", "plan", "--organization", "harbour", "--plan", name, "--json").json["apiAccess"]
        return answer

    def test_counts_from_the_next_request(self, muster: Console, ada: user.UserState) -> None:
        key = api_key.create(api_key.KeyRequest(organization="harbour", name="reader", access="READ_ONLY", days=9))
        token = call(sign_in.handler, body={"email": EMAIL, "password": PASSWORD}).json["token"]
        path = {"organizationId": to_uuid(key.organization), "keyId": key.id}
        renewal: dict[str, Any] = {
            "path": path,
            "headers": {"Authorization": f"Bearer {token}"},
            "body": {"confirmation": {"password": PASSWORD}},
        }
        assert call(get_version.handler, key=key.key).status == 200
        assert [self.plan(muster, "Free") for _ in range(2)] == [False, False]
        assert call(get_version.handler, key=key.key).status == 403
        refused = call(regenerate.handler, **renewal)
        assert (refused.status, refused.json["message"]) == (403, "The organization's plan comes without the API")
        assert self.plan(muster, "On-Demand") is True
        assert call(get_version.handler, key=key.key).status == 200
        assert call(regenerate.handler, **renewal).status == 200
        entries = muster("audit", "--organization", "harbour", "--json").json
        changes = [entry for entry in entries if entry["action"] == "organization.plan_changed"]
        assert [(entry["actor"], entry["fields"]) for entry in changes] == [(OPERATOR.actor, ["plan"])] * 2

    def test_a_key_that_is_made_meanwhile_is_not_made(self, muster: Console, ada: user.UserState) -> None:
        id = organization.show("harbour").id
        before_next_transaction(lambda: manage_organizations.set_plan(EVERYWHERE, id, "Free", OPERATOR))
        key = ("api-key", "create", "--organization", "harbour", "--name", "x", "--access", "READ_ONLY", "--days", "9")
        assert "Organization not found" in muster.refused(*key)
        assert muster("api-key", "list", "--organization", "harbour", "--json").json == []


def test_what_is_done_to_clients_is_in_the_log(muster: Console, ada: user.UserState) -> None:
    client = ("--client-id", "field-app-7")
    muster("thingsee-client", "create", "--organization", "harbour", *client)
    for verb in ("disable", "enable", "rotate", "delete"):
        muster("thingsee-client", verb, *client)
    assert actions(muster, "--organization", "harbour") == [f"client.{verb}" for verb in ("deleted", "disabled", "enabled", "rotated")]
    assert "client.rotated field-app-7" in muster("audit", "--organization", "harbour").out
