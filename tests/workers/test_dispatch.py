"""Downlink dispatch: messages are completed, encrypted, sent in order and once, and only while they are current."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws import clients, device_crypto
from fleet.aws.reads import fetch
from fleet.aws.writes import transact
from fleet.commands import run_shell
from fleet.configuration import register
from fleet.ids import new_id, to_uuid
from fleet.lifecycle import claim
from fleet.outbox.message import Downlink, Type
from fleet.outbox.messages import Downlinks
from fleet.registry import manage_locations
from fleet.registry.location import Location
from fleet.registry.lorawan import Frequency, Lorawan, Server
from functions.workers.downlink.dispatch import handler
from functions.workers.uplink.receive import handler as receive
from muster.home import ROOT
from tests.harness.canary import MARK
from tests.harness.fleet import Fleet, Hardware
from tests.workers.messages import NEXT_BOOT, NOW, deliver, deliver_rows, downlink_messages, hello, outbox, uplink_message

CREDENTIALS = {"clientCertificate": "-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----\n", "clientKey": f"KEY {MARK}"}


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def test_the_page_for_firmware_has_a_section_for_each_type() -> None:
    page = (ROOT / "docs/device-plane.md").read_text().partition("## 4. Messages down")[2].partition("## 5.")[0]
    assert sorted(re.findall(r"^### `(.+)`$", page, re.MULTILINE)) == sorted(get_args(Type))


def server(authentication: str, individual: bool = False) -> Server:
    return Server.model_validate(
        {
            "type": "CUPS",
            "url": "https://cups.example",
            "port": 443,
            "authentication": authentication,
            "trust": "CA",
            "individual": individual,
        }
    )


def create_location_with(fleet: Fleet, with_server: Server, credentials: Mapping[str, str] | None = None) -> Location:
    made = Location(
        id=to_uuid(new_id()),
        organization=fleet.organization().id,
        name="Pier",
        wisdm=Lorawan(
            work_mode="Basics station",
            channels=16,
            critical_updates=True,
            server=with_server,
            frequency=Frequency(region="US915", variation="default", public=False, sub_band="G2"),
        ),
    )
    return manage_locations.create(EVERYWHERE, made, credentials or {})


def registered_gateway(fleet: Fleet, location: Location, own: Mapping[str, str] | None = None, local_suite: bool = False) -> Hardware:
    """Register a gateway in a location as the route does; its configuration message is in the outbox."""
    hardware = fleet.hardware(channels=16)
    request = register.Registration(
        hardware.sn, hardware.factory.eui, None, local_suite, lambda names: {name: (own or {})[name] for name in names}
    )
    claim.claim(EVERYWHERE, request, fetch(EVERYWHERE, register.candidate(location.id, hardware.sn)), NOW)
    return hardware


def dispatched_message(hardware: Hardware) -> dict[str, Any]:
    """Dispatch the outbox; returns the only message."""
    assert deliver_rows(handler, outbox(hardware)) == []
    (message,) = downlink_messages(hardware)
    return dict(message)


def credentials(hardware: Hardware, message: Mapping[str, Any]) -> Any:
    """Decrypt the message's credentials as this gateway."""
    return json.loads(
        device_crypto.decrypt(hardware.sealing, f"{hardware.sn}:location.config", message["payload"]["server"]["credentials"]["box"])
    )


class TestConfiguration:
    """`location.config`: a location's server and frequency."""

    def test_has_what_the_location_says(self, fleet: Fleet) -> None:
        location = create_location_with(fleet, server("server"))
        hardware = registered_gateway(fleet, location)
        message = dispatched_message(hardware)
        assert message == {
            "v": 1,
            "type": "location.config",
            "sn": hardware.sn,
            "messageId": message["messageId"],
            "number": int(NOW.timestamp()) * 1_000_000,
            "sentAt": "2026-01-05T10:10:00.000Z",
            "payload": {
                "version": 1,
                "channels": 16,
                "criticalAutoUpdate": True,
                "frequency": {"region": "US915", "variation": "default", "public": False, "subBand": "G2"},
                "server": {
                    "type": "CUPS",
                    "url": "https://cups.example",
                    "port": 443,
                    "authMode": "server",
                    "trust": "CA",
                    "localSuite": False,
                },
            },
        }

    def test_brings_the_shared_credentials(self, fleet: Fleet) -> None:
        hardware = registered_gateway(fleet, create_location_with(fleet, server("client_certificate"), CREDENTIALS))
        message = dispatched_message(hardware)
        assert credentials(hardware, message) == CREDENTIALS
        assert "QUJD" not in json.dumps(message)

    def test_brings_the_gateways_own_credentials(self, fleet: Fleet) -> None:
        location = create_location_with(fleet, server("client_token", individual=True))
        first, second = (registered_gateway(fleet, location, {"token": token}) for token in (f"{MARK}-1", f"{MARK}-2"))
        assert (credentials(first, dispatched_message(first)), credentials(second, dispatched_message(second))) == (
            {"token": f"{MARK}-1"},
            {"token": f"{MARK}-2"},
        )

    def test_leaves_credentials_from_the_factory_alone(self, fleet: Fleet) -> None:
        hardware = registered_gateway(fleet, create_location_with(fleet, server("client_certificate"), CREDENTIALS), local_suite=True)
        sent_server = dispatched_message(hardware)["payload"]["server"]
        assert sent_server["localSuite"] is True
        assert "credentials" not in sent_server

    def test_cannot_be_read_by_another_gateway(self, fleet: Fleet) -> None:
        hardware = registered_gateway(fleet, create_location_with(fleet, server("client_certificate"), CREDENTIALS))
        message = dispatched_message(hardware)
        with pytest.raises(ValueError, match="not a box"):
            device_crypto.decrypt(
                fleet.hardware().sealing, f"{hardware.sn}:location.config", message["payload"]["server"]["credentials"]["box"]
            )

    def test_is_not_sent_when_a_newer_one_follows(self, fleet: Fleet) -> None:
        hardware = registered_gateway(fleet, create_location_with(fleet, server("server")))
        fleet.change(hardware.sn, config_version=2)
        assert deliver_rows(handler, outbox(hardware)) == []
        assert downlink_messages(hardware) == []

    def test_is_not_sent_to_a_gateway_that_has_left(self, fleet: Fleet) -> None:
        hardware = registered_gateway(fleet, create_location_with(fleet, server("server")))
        fleet.change(hardware.sn, location=None)
        assert deliver_rows(handler, outbox(hardware)) == []
        assert downlink_messages(hardware) == []

    def test_is_sent_again_to_a_gateway_that_started_without_it(self, fleet: Fleet) -> None:
        hardware = registered_gateway(fleet, create_location_with(fleet, server("server")))
        first = dispatched_message(hardware)
        deliver(receive, uplink_message(hardware, "hello", hello(hardware, applied=0)))
        assert outbox(hardware) == []
        deliver(receive, uplink_message(hardware, "hello", hello(hardware, applied=0), boot=NEXT_BOOT, received=NOW + timedelta(seconds=1)))
        assert deliver_rows(handler, outbox(hardware)) == []
        (again,) = downlink_messages(hardware)
        assert again["payload"] == first["payload"]
        assert again["messageId"] != first["messageId"]


class TestCommand:
    """`command.exec`: a command to run."""

    @pytest.fixture
    def hardware(self, fleet: Fleet) -> Hardware:
        hardware = fleet.hardware()
        organization = fleet.organization()
        fleet.online(fleet.gateway(organization, fleet.location(organization), hardware))
        return hardware

    def test_is_stored_and_sent(self, hardware: Hardware) -> None:
        gateway, earlier = fetch(EVERYWHERE, run_shell.addressed(hardware.sn))
        command = run_shell.run(EVERYWHERE, gateway, earlier, [["netstat", "-tln"], ["grep", "-F", "22"]], 20, "tests", NOW)
        message = dispatched_message(hardware)
        assert (message["type"], message["payload"]) == (
            "command.exec",
            {
                "commandId": int(command.id),
                "stages": [["netstat", "-tln"], ["grep", "-F", "22"]],
                "timeoutS": 20,
                "deadline": "2026-01-05T10:11:20Z",
            },
        )

    def test_is_not_sent_after_its_deadline(self, hardware: Hardware) -> None:
        gateway, earlier = fetch(EVERYWHERE, run_shell.addressed(hardware.sn))
        run_shell.run(EVERYWHERE, gateway, earlier, [["uptime"]], 20, "tests", NOW)
        with time_machine.travel(NOW + timedelta(seconds=81), tick=False):
            assert deliver_rows(handler, outbox(hardware)) == []
            assert downlink_messages(hardware) == []

    def test_is_sent_once_and_in_order(self, hardware: Hardware) -> None:
        for command in ("uptime", "date", "free"):
            gateway, earlier = fetch(EVERYWHERE, run_shell.addressed(hardware.sn))
            run_shell.run(EVERYWHERE, gateway, earlier, [[command]], 20, "tests", NOW)
        rows = sorted(outbox(hardware), key=lambda row: json.loads(row["body"]["S"])["payload"]["commandId"])
        assert deliver_rows(handler, rows) == deliver_rows(handler, rows[1:]) == []
        stages = [message["payload"]["stages"] for _ in range(4) for message in downlink_messages(hardware)]
        assert stages == [[["uptime"]], [["date"]], [["free"]]]

    def test_is_not_sent_to_another_owners_gateway(self, fleet: Fleet, hardware: Hardware) -> None:
        gateway, earlier = fetch(EVERYWHERE, run_shell.addressed(hardware.sn))
        run_shell.run(EVERYWHERE, gateway, earlier, [["uptime"]], 20, "tests", NOW)
        fleet.change(hardware.sn, organization=fleet.organization().id, location=None)
        assert deliver_rows(handler, outbox(hardware)) == []
        assert downlink_messages(hardware) == []

    def test_to_a_gateway_without_a_queue_holds_up_no_other(self, fleet: Fleet, hardware: Hardware) -> None:
        gone = registered_gateway(fleet, create_location_with(fleet, server("server")))
        clients.sqs().delete_queue(QueueUrl=gone.factory.queue_url)
        gateway, earlier = fetch(EVERYWHERE, run_shell.addressed(hardware.sn))
        run_shell.run(EVERYWHERE, gateway, earlier, [["uptime"]], 20, "tests", NOW)
        assert deliver_rows(handler, [*outbox(gone), *outbox(hardware)]) == []
        assert [message["payload"]["stages"] for message in downlink_messages(hardware)] == [[["uptime"]]]


class TestGrant:
    """`syslog.grant`: an upload URL for a log file."""

    def test_holds_for_exactly_this_file(self, fleet: Fleet) -> None:
        hardware, organization = fleet.hardware(), fleet.organization()
        fleet.gateway(organization, fleet.location(organization), hardware, share_logs="wisdm")
        content = b"a gzip file"
        request = {"date": "2026-01-04", "name": "syslog", "sizeBytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        deliver(receive, uplink_message(hardware, "syslog.request", request))
        message = dispatched_message(hardware)
        payload, url = message["payload"], urlsplit(message["payload"]["url"])
        assert message["type"] == "syslog.grant"
        assert (payload["key"], payload["expiresAt"]) == (f"logs/{hardware.sn}/2026-01-04/syslog.gz", "2026-01-05T10:15:00Z")
        assert url.path.endswith(payload["key"])
        assert set(parse_qs(url.query)["X-Amz-SignedHeaders"][0].split(";")) == {"content-length", "host", "x-amz-checksum-sha256"}

    def test_is_not_made_after_five_minutes(self, fleet: Fleet) -> None:
        hardware, organization = fleet.hardware(), fleet.organization()
        card = fleet.gateway(organization, fleet.location(organization), hardware)
        payload = {"key": "logs/x/2026-01-04/a.gz", "size": 1, "sha256": "00" * 32}
        row = Downlink(
            id=new_id(),
            sn=card.sn,
            organization=card.organization,
            type="syslog.grant",
            payload=payload,
            number=1,
            deadline=int(NOW.timestamp()) - 1,
        )
        transact(Downlinks.send_writes(EVERYWHERE, row))
        assert deliver_rows(handler, outbox(hardware)) == []
        assert downlink_messages(hardware) == []


def test_a_row_that_cannot_be_read_is_reported_alone(fleet: Fleet) -> None:
    """A stream resumes at the first record that is reported as failed; earlier ones are done."""
    location = create_location_with(fleet, server("server"))
    first, second = registered_gateway(fleet, location), registered_gateway(fleet, location)
    poison = {**outbox(second)[0], "body": {"S": "{}"}}
    assert deliver_rows(handler, [*outbox(first), poison]) == ["1001"]
    assert len(downlink_messages(first)) == 1
