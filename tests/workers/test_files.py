"""Uploads of log files: request, grant, upload, event."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import clients
from fleet.files.file import LogFile
from fleet.files.files import Logs
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.files.record import handler as record
from functions.workers.uplink.receive import handler as receive
from tests.harness.aws import partition
from tests.harness.fleet import Fleet, Hardware
from tests.workers.messages import NOW, UplinkMessage, dead_letters, deliver, deliver_rows, outbox, uplink_message

STORED = datetime(2026, 1, 4, 23, 50, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def upload_request(**fields: Any) -> dict[str, Any]:
    return {"date": "2026-01-04", "name": "syslog.txt", "sizeBytes": 48211, "sha256": hashlib.sha256(b"log").hexdigest()} | fields


def sharing_gateway(fleet: Fleet, **fields: Any) -> tuple[Hardware, str]:
    """A gateway that shares its logs, and its organization's id."""
    hardware, organization = fleet.hardware(), fleet.organization()
    fleet.gateway(organization, fleet.location(organization), hardware, **({"share_logs": "wisdm"} | fields))
    return hardware, organization.id


def request_upload(hardware: Hardware, **fields: Any) -> list[dict[str, Any]]:
    """Request a grant; returns the new messages in the outbox."""
    before = len(outbox(hardware))
    assert deliver(receive, uplink_message(hardware, "syslog.request", upload_request(**fields))) == []
    return [json.loads(row["body"]["S"]) for row in outbox(hardware)][before:]


def listed_files(hardware: Hardware, organization: str) -> list[LogFile]:
    span = timedelta(days=1)
    return list(Logs.between(EVERYWHERE, organization, hardware.sn, STORED - span, STORED + span, STORED))


def object_event(key: str, size: int = 48211, name: str = "ObjectCreated:Put", at: str = "2026-01-04T23:50:11.123Z") -> dict[str, Any]:
    """An S3 event for one stored object."""
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": "eu-west-1",
        "eventTime": at,
        "eventName": name,
        "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": "files"}, "object": {"key": key, "size": size, "eTag": "x", "sequencer": "1"}},
    }


def store(key: str, content: bytes = b"\x1f\x8b\x08") -> str:
    """Store an object; returns its key."""
    clients.s3().put_object(Bucket="files", Key=key, Body=content)
    return key


def object_events(*events: dict[str, Any]) -> UplinkMessage:
    return UplinkMessage(json.dumps({"Records": events}), "")


class TestRequest:
    """A gateway requests an upload grant."""

    def test_is_answered_by_a_grant(self, fleet: Fleet) -> None:
        hardware, _ = sharing_gateway(fleet)
        (grant,) = request_upload(hardware)
        assert grant["type"] == "syslog.grant"
        assert grant["payload"] == {
            "key": f"logs/{hardware.sn}/2026-01-04/syslog.txt.gz",
            "size": 48211,
            "sha256": upload_request()["sha256"],
        }
        assert grant["deadline"] == NOW.timestamp() + 300

    def test_is_answered_once(self, fleet: Fleet) -> None:
        hardware, _ = sharing_gateway(fleet)
        message = uplink_message(hardware, "syslog.request", upload_request())
        deliver(receive, message, message)
        deliver(receive, message)
        assert len(outbox(hardware)) == 1

    def test_keeps_one_suffix(self, fleet: Fleet) -> None:
        hardware, _ = sharing_gateway(fleet, share_logs="externalAndWisdm")
        (grant,) = request_upload(hardware, name="messages.1.gz")
        assert grant["payload"]["key"] == f"logs/{hardware.sn}/2026-01-04/messages.1.gz"

    def test_is_ignored_while_logs_are_not_shared(self, fleet: Fleet) -> None:
        for choice in ("none", "external"):
            hardware, _ = sharing_gateway(fleet, share_logs=choice)
            assert request_upload(hardware) == []
        assert dead_letters() == []

    def test_is_ignored_when_it_comes_too_late(self, fleet: Fleet) -> None:
        hardware, _ = sharing_gateway(fleet)
        with time_machine.travel(NOW + timedelta(minutes=6), tick=False):
            deliver(receive, uplink_message(hardware, "syslog.request", upload_request()))
        assert outbox(hardware) == []

    def test_must_be_well_formed(self, fleet: Fleet) -> None:
        hardware, _ = sharing_gateway(fleet)
        broken: list[dict[str, Any]] = [
            {"date": "2026-02-30"},
            {"date": "20260104"},
            {"date": "2026-01-04/.."},
            {"name": ""},
            {"name": ".."},
            {"name": "../x"},
            {"name": ".gz"},
            {"name": "a/b"},
            {"name": "a b"},
            {"name": "a\n"},
            {"name": "x" * 101},
            {"sizeBytes": 0},
            {"sizeBytes": 50 * 1024 * 1024 + 1},
            {"sizeBytes": 1.5},
            {"sha256": "0" * 63},
            {"sha256": "g" * 64},
        ]
        for fields in broken:
            assert request_upload(hardware, **fields) == []
            assert [message["reason"] for message in dead_letters()] == ["malformed"], fields
        assert len(request_upload(hardware, sizeBytes=50 * 1024 * 1024)) == 1


def test_a_gateway_may_say_that_its_file_is_stored(fleet: Fleet) -> None:
    hardware, organization = sharing_gateway(fleet)
    done = {"key": f"logs/{hardware.sn}/2026-01-04/syslog.txt.gz", "sha256": "00"}
    assert (
        deliver(
            receive,
            uplink_message(hardware, "syslog.done", done),
            uplink_message(hardware, "syslog.done", {"key": "logs/OTHER1/2026-01-04/a.gz"}),
        )
        == []
    )
    assert [message["reason"] for message in dead_letters()] == ["misaddressed"]
    assert listed_files(hardware, organization) == []


class TestEvent:
    """S3 reports an uploaded file."""

    def test_notes_the_file_for_the_gateways_organization(self, fleet: Fleet) -> None:
        hardware, organization = sharing_gateway(fleet)
        key = store(f"logs/{hardware.sn}/2026-01-04/syslog.txt.gz")
        assert deliver(record, object_events(object_event(key))) == []
        assert listed_files(hardware, organization) == [LogFile(key=key, size=48211, modified=STORED)]
        assert listed_files(hardware, fleet.organization().id) == []

    def test_notes_a_file_once(self, fleet: Fleet) -> None:
        hardware, organization = sharing_gateway(fleet)
        events = object_events(*(object_event(store(f"logs/{hardware.sn}/2026-01-04/{name}.gz")) for name in "ab"))
        deliver(record, events, events)
        deliver(record, events)
        assert [file.key[-4:] for file in listed_files(hardware, organization)] == ["a.gz", "b.gz"]

    def test_reads_encoded_keys(self, fleet: Fleet) -> None:
        hardware, organization = sharing_gateway(fleet)
        store(f"logs/{hardware.sn}/2026-01-04/a.gz")
        deliver(record, object_events(object_event(f"logs%2F{hardware.sn}/2026-01-04/a%2Egz")))
        assert [file.key for file in listed_files(hardware, organization)] == [f"logs/{hardware.sn}/2026-01-04/a.gz"]

    def test_ignores_what_is_no_log_of_ours(self, fleet: Fleet) -> None:
        hardware, organization = sharing_gateway(fleet)
        unowned = fleet.hardware()
        keys = [
            f"logs/{unowned.sn}/2026-01-04/a.gz",
            "logs/NOSUCHGATEWAY/2026-01-04/a.gz",
            "plans/a.gz",
            f"logs/{hardware.sn}/2026-01-04/a+b.gz",
            f"logs/{hardware.sn}/a.gz",
        ]
        assert (
            deliver(
                record,
                object_events(
                    *map(object_event, map(store, keys)), object_event(f"logs/{hardware.sn}/2026-01-04/a.gz", name="ObjectRemoved:Delete")
                ),
            )
            == []
        )
        assert listed_files(hardware, organization) == []

    def test_takes_the_trial_of_a_new_notification(self, fleet: Fleet) -> None:
        trial = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": "2026-01-04T23:50:11.123Z", "Bucket": "files"}
        assert deliver(record, UplinkMessage(json.dumps(trial), "")) == []

    def test_brings_only_what_is_broken_again(self, fleet: Fleet) -> None:
        hardware, organization = sharing_gateway(fleet)
        poison = UplinkMessage("{", "")
        assert deliver(record, poison, object_events(object_event(store(f"logs/{hardware.sn}/2026-01-04/a.gz")))) == [poison.id]
        assert len(listed_files(hardware, organization)) == 1

    @pytest.mark.parametrize("content", [b"", b"\x1f", b"<html><script>", b"\x8b\x1f", None], ids=repr)
    def test_what_is_no_gzip_or_gone_is_not_listed(self, fleet: Fleet, content: bytes | None) -> None:
        hardware, organization = sharing_gateway(fleet)
        key = f"logs/{hardware.sn}/2026-01-04/a.gz"
        if content is not None:
            store(key, content)
        assert deliver(record, object_events(object_event(key))) == []
        assert listed_files(hardware, organization) == []


class TestQuota:
    """A gateway may upload so much a day."""

    def request(self, hardware: Hardware, size: int = 1) -> UplinkMessage:
        return uplink_message(hardware, "syslog.request", upload_request(sizeBytes=size))

    def test_so_many_grants(self, fleet: Fleet) -> None:
        hardware, _ = sharing_gateway(fleet)
        sent = [self.request(hardware) for _ in range(49)]
        assert deliver(receive, *sent) == []
        assert len(outbox(hardware)) == 48
        assert [each["reason"] for each in dead_letters()] == ["over quota"]
        assert deliver(receive, *sent[:48]) == []
        assert (len(outbox(hardware)), dead_letters()) == (48, [])

    def test_so_many_bytes(self, fleet: Fleet) -> None:
        hardware, _ = sharing_gateway(fleet)
        most = 50 * 1024 * 1024
        deliver(receive, *(self.request(hardware, most) for _ in range(9)), self.request(hardware, most - 1))
        deliver(receive, self.request(hardware, 2))
        assert (len(outbox(hardware)), [each["reason"] for each in dead_letters()]) == (10, ["over quota"])
        deliver(receive, self.request(hardware, 1))
        assert (len(outbox(hardware)), dead_letters()) == (11, [])

    def test_another_day_and_another_gateway_are_counted_by_themselves(self, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("UPLOAD_GRANTS", "1")
        (hardware, _), (other, _) = sharing_gateway(fleet), sharing_gateway(fleet)
        deliver(receive, self.request(hardware), self.request(hardware), self.request(other))
        assert (len(outbox(hardware)), len(outbox(other)), len(dead_letters())) == (1, 1, 1)
        later = NOW + timedelta(days=1)
        with time_machine.travel(later, tick=False):
            deliver(receive, uplink_message(hardware, "syslog.request", upload_request(), received=later))
        assert (len(outbox(hardware)), dead_letters()) == (2, [])

    def test_a_message_that_comes_twice_is_counted_once(self, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("UPLOAD_GRANTS", "2")
        hardware, _ = sharing_gateway(fleet)
        first = self.request(hardware)
        assert deliver(receive, first, first, first, self.request(hardware)) == []
        assert (len(outbox(hardware)), dead_letters()) == (2, [])

    def test_a_message_that_comes_again_after_its_answer_was_sent_is_counted_once(
        self, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("UPLOAD_GRANTS", "2")
        hardware, _ = sharing_gateway(fleet)
        first = self.request(hardware)
        deliver(receive, first)
        deliver_rows(dispatch, outbox(hardware))
        assert outbox(hardware) == []
        assert deliver(receive, first, self.request(hardware)) == []
        assert (len(outbox(hardware)), dead_letters()) == (1, [])

    def test_the_count_goes_with_its_day(self, fleet: Fleet) -> None:
        hardware, organization = sharing_gateway(fleet)
        deliver(receive, self.request(hardware, 7))
        rows = partition("FleetTable", f"UPLOADS#{organization}#{hardware.sn}")
        row, grant = sorted(rows, key=lambda each: "grants" not in each)
        assert (row["sk"]["S"], row["grants"]["N"], row["bytes"]["N"]) == ("2026-01-05", "1", "7")
        assert NOW.timestamp() + 86400 < int(row["ttl"]["N"]) <= NOW.timestamp() + 2 * 86400
        assert grant["ttl"] == row["ttl"]
