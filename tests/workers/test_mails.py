"""Mails: sent by the worker where the deployment has an address for it; refused and throttled ones."""

from __future__ import annotations

from typing import Any

import pytest

from fleet.aws import clients
from fleet.delivery import links
from fleet.delivery.mail import Mail
from fleet.delivery.mail_address import check_address
from fleet.errors import Invalid
from fleet.grants import Grant
from functions.workers.mail.send import handler
from tests.harness.answering import answering
from tests.harness.aws import mails
from tests.harness.canary import MARK
from tests.harness.recorder import Recorder
from tests.workers.messages import UplinkMessage, deliver

SENDER, TO = "muster@fleet.example", "ann.o'neil+export@mail.example"
MAIL = Mail(
    id="m-1",
    organization="65f0c0de0000000000000001",
    to=TO,
    subject="Export übergeben",
    text=f"https://muster.example/media/exports/{MARK}\n",
)


@pytest.fixture
def _verified(cloud: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAIL_FROM", SENDER)
    clients.sesv2().create_email_identity(EmailIdentity=SENDER)


def message(**fields: Any) -> UplinkMessage:
    return UplinkMessage(MAIL.changed(**fields).model_dump_json(), "")


def test_without_an_address_to_send_from_none_is_sent(
    cloud: dict[str, str], aws_requests: Recorder, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert deliver(handler, message()) == []
    assert aws_requests.requests == []
    assert '"MailUnsent":[1.0]' in capsys.readouterr().out
    assert caplog.records[-1].__dict__["mail"] == "m-1"
    assert TO not in str(caplog.records[-1].__dict__)


@pytest.mark.usefixtures("_verified")
class TestSending:
    def test_it_is_sent_as_it_is(self, aws_requests: Recorder) -> None:
        text = MAIL.text.replace(MARK, "a")
        assert deliver(handler, message(text=text)) == []
        assert mails() == [(SENDER, [TO], "Export übergeben", text)]
        assert aws_requests.requests == ["ses:SendEmail"]
        assert aws_requests.grants == {Grant("MailIdentity", "ses:SendEmail")}

    def test_links_to_its_files_are_behind_the_text(self, aws_requests: Recorder) -> None:
        names, base = [f"{number:024x}.csv" for number in range(2)], "https://muster.example/prod"
        files = [("exports", names[0]), ("joblogs", names[1])]
        assert deliver(handler, message(text="Done.", base=base, files=files)) == []
        first, second = links.media_url(base, "exports", names[0]), links.media_url(base, "joblogs", names[1])
        assert mails()[0][3] == f"Done.\nDownload, for 7 days:\n{first}\n{second}"
        assert aws_requests.requests == ["ses:SendEmail"]

    def test_a_second_delivery_sends_a_second_one(self) -> None:
        one = message(text="a")
        assert deliver(handler, one) == deliver(handler, one) == []
        assert len(mails()) == 2

    def test_what_ses_refuses_is_given_up_at_once(self, capsys: pytest.CaptureFixture[str]) -> None:
        clients.sesv2().delete_email_identity(EmailIdentity=SENDER)
        assert deliver(handler, message(text="a")) == []
        assert mails() == []
        said = capsys.readouterr().out
        assert '"MailRefused":[1.0]' in said
        assert "RecordsFailed" not in said

    @pytest.mark.parametrize(("status", "code"), [(400, "MessageRejected"), (400, "BadRequestException")])
    def test_so_is_what_is_no_mail_to_it(self, status: int, code: str) -> None:
        with answering(clients.sesv2(), status, code):
            assert deliver(handler, message(text="a")) == []

    @pytest.mark.parametrize(("status", "code"), [(429, "TooManyRequestsException"), (400, "LimitExceededException")])
    def test_what_is_throttled_comes_again_and_is_no_failure(self, status: int, code: str, capsys: pytest.CaptureFixture[str]) -> None:
        with answering(clients.sesv2(), status, code) as asked:
            assert deliver(handler, message(text="a")) != []
        assert len(asked) == 1
        said = capsys.readouterr().out
        assert '"MailThrottled":[1.0]' in said
        assert "RecordsFailed" not in said

    @pytest.mark.parametrize(
        ("status", "code"), [(400, "MailFromDomainNotVerifiedException"), (400, "SendingPausedException"), (500, "InternalFailure")]
    )
    def test_any_other_failure_is_one_of_ours_and_comes_again(self, status: int, code: str, capsys: pytest.CaptureFixture[str]) -> None:
        """It is sent once a delivery: a lost answer may be that of a mail that was sent."""
        with answering(clients.sesv2(), status, code) as asked:
            assert deliver(handler, message(text="a")) != []
        assert len(asked) == 1
        assert "RecordsFailed" in capsys.readouterr().out

    @pytest.mark.parametrize(
        "fields", [{"subject": "a\r\nBcc: x@y.example"}, {"subject": "a\u2028b"}, {"subject": ""}, {"to": f"{TO}, x@y.example"}]
    )
    def test_what_would_make_another_mail_of_it_is_not_sent(self, fields: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
        body = MAIL.model_copy(update={**fields, "text": MARK}).model_dump_json()
        assert deliver(handler, UplinkMessage(body, "")) != []
        assert mails() == []
        assert MARK not in caplog.text
        assert "y.example" not in caplog.text


@pytest.mark.parametrize(
    "text", ["a@b.example", TO, "A.B-c_d=e@Sub-1.Mail.Example", "x" * 64 + "@mail.example", "a@" + ".".join(["b" * 63] * 3) + ".example"]
)
def test_an_address(text: str) -> None:
    check_address(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "a", "@", "a@", "@b.example", "a@b", "a@b.", "a@.b", "a@b..c", "a@-b.example", "a@b-.example", "a@b.1", "a@b.example."),
        *(".a@b.example", "a.@b.example", "a..b@b.example", "a b@b.example", '"a b"@b.example', "a@b@c.example", "a,b@c.example"),
        *("a;b@c.example", "Ann <a@b.example>", "a@b.example, c@d.example", "a@b.example\n", "a@b.example\r\nBcc: c@d.example"),
        *("\ta@b.example", "a\x00@b.example", "a@[127.0.0.1]", "a@1.2.3.4", "ü@b.example", "a@bü.example", "a@b_c.example"),
        *("x" * 65 + "@b.example", "a@" + "b" * 64 + ".example", "a@" + "b." * 130 + "example", "x" * 2000),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_address(text)
    assert refused.value.details[0].place == ("email",)
    with pytest.raises(ValueError, match="no email address") as told:
        MAIL.changed(to=text)
    assert not text or len(text) < 3 or text not in str(told.value)
