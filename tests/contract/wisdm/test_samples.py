"""The requests and responses that the vendor's page prints, as printed, save for values that the server makes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.commands.commands import Commands
from fleet.configuration import desire
from fleet.configuration import report as uplink
from fleet.files.file import LogFile
from fleet.files.files import Logs
from fleet.marks import Mark
from fleet.registry import reveal_secrets
from fleet.registry.gateway import Card
from fleet.tenancy import encryption
from functions.wisdm.battery import list as list_battery
from functions.wisdm.command import get as get_command
from functions.wisdm.command import send
from functions.wisdm.gateway import get_status, list_status, register
from functions.wisdm.gateway import list as list_gateways
from functions.wisdm.location import create
from functions.wisdm.location import list as list_locations
from functions.wisdm.logs import list_downloads
from functions.wisdm.organization import get as get_organization
from functions.wisdm.version import get as get_version
from tests.contract.wisdm.answers import invalid_fields
from tests.contract.wisdm.stored import outbox_of
from tests.contract.wisdm.tenant import Tenant
from tests.harness.call import Response, call

FACTORY_A, FACTORY_B = "4fed110b-461b-4815-8bfc-4866b3b74c27", "58bbb735-dbdc-4787-9c8e-b9cacf098d80"


def ask(entry: Any, tenant: Tenant, path: dict[str, str] | None = None, **more: Any) -> Response:
    """Call with the headers of the page: every sample accepts gzip."""
    answer = call(entry, path, key=tenant.key, headers={"Accept-Encoding": "gzip"}, **more)
    assert answer.encoding == "gzip"
    return answer


def gateway(tenant: Tenant, location: Any = None, **fields: Any) -> Card:
    """An online gateway with this identity."""
    name = fields.pop("name")
    card = tenant.gateway(location, tenant.fleet.hardware(**fields), name=name)
    tenant.fleet.online(card)
    return card


def report_sample(tenant: Tenant, card: Card, sample: dict[str, Any]) -> None:
    """Store the sections of a sample as a report, with the Wi-Fi key encrypted as by the uplink worker."""
    sections = json.loads(json.dumps({name: sample[name] for name in ("system", "gps", "network", "lora", "storage")}))
    key = sections["network"]["lan"]["wifi"]["key"].encode()
    sealed = encryption.encrypt_at_rest(EVERYWHERE, card.organization, reveal_secrets.bound_to(card.sn), key)
    sections["network"]["lan"]["wifi"]["key"] = {"sealed": sealed}
    tenant.fleet.report(card, "status", sections, seq=3)


def test_version(tenant: Tenant) -> None:
    answer = ask(get_version.handler, tenant).json
    assert answer == {"version": "v4.0.0", "commitId": answer["commitId"]}
    assert len(answer["commitId"]) == len("a12b3c4")


def test_organization(tenant: Tenant) -> None:
    organization = tenant.fleet.organization(name="Best in the world")
    other = Tenant(tenant.fleet, organization, tenant.fleet.key(organization))
    assert ask(get_organization.handler, other).json == {"id": other.path["organizationId"], "name": "Best in the world"}


def test_list_locations(tenant: Tenant) -> None:
    tenant.location(id=FACTORY_B, name="Factory B")
    tenant.location(id=FACTORY_A, name="Factory A")
    assert ask(list_locations.handler, tenant, tenant.path).json == {
        "total": 2, "locations": [{"id": FACTORY_A, "name": "Factory A"}, {"id": FACTORY_B, "name": "Factory B"}]
    }  # fmt: skip


def test_create_location(tenant: Tenant) -> None:
    body = {
        "name": "Factory A",
        "address": {"country": "Bulgaria", "addressLine1": "1 Industrial St", "city": "Sofia", "state": "Sofia", "zip": "1000",
                    "latitude": 42.6977, "longitude": 23.3219},
        "workMode": "Basics station",
        "enableCriticalFwAutoUpdate": True,
        "basicStation": {"serverType": "CUPS", "serverURL": "https://cups.example.com", "serverPort": 443,
                         "authenticationMode": "TLS Server Authentication",
                         "trustCACertificate": "-----BEGIN CERTIFICATE-----...-----END CERTIFICATE-----", "useIndividualKeys": True},
        "advancedFrequencySettings": {"region": "EU868", "regionVariation": "default", "isLoRaWANPublic": True, "frequencySubBand": "G1"},
        "channelsNumber": 8,
    }  # fmt: skip
    answer = ask(create.handler, tenant, tenant.path, body=body)
    assert answer.status == 201
    assert answer.json == {"locationId": answer.json["locationId"], **tenant.path, "name": "Factory A", "workMode": "Basics station"}


def test_list_gateways(tenant: Tenant) -> None:
    location = tenant.location(id=FACTORY_A)
    gateway(tenant, location, sn="918100M46020602001", eui="ac1f09fffe0707a1", mac="AC:1F:09:07:07:A1", model="RAK7268V2H",
            name="RAK7268V2H-918100M46020602001")  # fmt: skip
    assert ask(list_gateways.handler, tenant, {"locationId": FACTORY_A}).json == {
        "total": 1,
        "gateways": [
            {"sn": "918100M46020602001", "eui": "ac1f09fffe0707a1", "name": "RAK7268V2H-918100M46020602001", "model": "RAK7268V2H",
             "mac": "AC:1F:09:07:07:A1", "status": "ONLINE", "lastDyingGasp": "None"}
        ],
    }  # fmt: skip


REGISTRATION = {
    "sn": "GW123456", "eui": "ABCDEF1234567890", "name": "Gateway-1", "bsHasLocalAuthSuite": True,
    "bsClientCertificate": "-----BEGIN CERTIFICATE-----...", "bsClientKey": "-----BEGIN PRIVATE KEY-----...",
    "bsToken": "eyJhbGciOiJIUzI1NiIs...",
}  # fmt: skip


def test_register_gateway(tenant: Tenant) -> None:
    tenant.location(id=FACTORY_A)
    tenant.fleet.hardware(sn="GW123456", eui="abcdef1234567890")
    answer = ask(register.handler, tenant, {"locationId": FACTORY_A}, body=REGISTRATION)
    assert answer.status == 201
    assert answer.json == {"locationId": FACTORY_A, "sn": "GW123456", "eui": "ABCDEF1234567890"}


LISTED: dict[str, Any] = {
    "sn": "918100RC6050800000", "eui": "ac1f09fffe990000", "name": "RAK7289V2", "model": "RAK7289CV2", "mac": "00:3D:C6:FD:58:C5",
    "status": "ONLINE", "lastDyingGasp": "None",
    "system": {"uptime": 10372, "cpu": 33, "memory": 51},
    "gps": {"longitude": 174.966721, "latitude": -38.0526032},
    "network": {
        "lan": {
            "subnet": "192.168.230.1/24", "ethernet": {"enabled": False},
            "wifi": {"enabled": False, "ssid": "ltDhgPVEZUqClu4=", "encryption": "NONE", "key": "xZ5+9j2p8+4=",
                     "channel": "Auto", "hidden": False},
        },
        "wan": {
            "active": "CELLULAR",
            "ethernet": {"enabled": True, "priority": 1, "online": False, "uptime": 0},
            "wifi": {"enabled": False, "priority": 2},
            "cellular": {
                "enabled": True, "priority": 3, "online": True, "ipv4AddrMask": "100.94.77.194/30", "uptime": 10299, "sim_present": True,
                "imsi": "234106459829513", "iccid": "89883070000054069701", "imei": "862869033261012", "signalLevel": 1, "rsrp": -102,
                "rsrq": -6, "sinr": 18, "rssi": -76, "rat": "LTE", "networkType": "FDD LTE", "autoSelect": True, "plmn": "53001",
            },
        },
    },
    "lora": {"activeNodes": 0, "txPackets": 2, "rxPackets": 119},
    "storage": {"healthy": True, "total": 15185, "free": 15048, "used_percent": 0},
}  # fmt: skip
SINGLE: dict[str, Any] = {
    "sn": "918100RN6040814001", "eui": "ac1f09fffe16882b", "name": "RAK7268CV2", "model": "RAK7268CV2", "mac": "AC:1F:09:16:88:2B",
    "status": "ONLINE", "lastDyingGasp": "None",
    "system": {"uptime": 3142, "cpu": 35, "memory": 51},
    "gps": {"state": "GPS_NO_OUTPUT", "satellites_number": 0, "longitude": 0.0, "latitude": 0.0},
    "network": {
        "lan": {
            "subnet": "192.168.230.1/24", "ethernet": {"enabled": False},
            "wifi": {"enabled": True, "ssid": "RAK-865", "encryption": "WPA2-PSK", "key": "test-key", "channel": "Auto", "hidden": False},
        },
        "wan": {
            "active": "ETH",
            "ethernet": {"enabled": True, "priority": 3, "online": True, "ipv4AddrMask": "10.0.10.74/24", "uptime": 2544},
            "wifi": {"enabled": False, "priority": 1},
            "cellular": {"enabled": True, "priority": 2, "online": False, "uptime": 0},
        },
    },
    "lora": {"activeNodes": 3, "txPackets": 0, "rxPackets": 497},
    "storage": {"healthy": True, "total": 15176, "free": 15139, "used_percent": 0},
}  # fmt: skip
IDENTITY = ("sn", "eui", "name", "model", "mac")


def test_list_gateway_status(tenant: Tenant) -> None:
    location = tenant.location(id=FACTORY_A)
    report_sample(tenant, gateway(tenant, location, **{name: LISTED[name] for name in IDENTITY}), LISTED)
    answer = ask(list_status.handler, tenant, {"locationId": FACTORY_A}, query={"pageSize": "100"}).json
    assert answer == {"pageSize": 100, "totalPages": 1, "gateways": [LISTED]}


def test_get_gateway_status(tenant: Tenant) -> None:
    report_sample(tenant, gateway(tenant, **{name: SINGLE[name] for name in IDENTITY}), SINGLE)
    assert ask(get_status.handler, tenant, {"sn": "918100RN6040814001"}).json == SINGLE


BATTERY: dict[str, Any] = {
    "temperature": 28, "voltage": 22.03, "soc": 48, "current": 60, "soh": 100, "cycles": 3, "remainCapacity": 24410,
    "fullChargeCapacity": 50000, "mode": "CHARGING",
}  # fmt: skip


def test_list_gateway_battery(tenant: Tenant) -> None:
    location = tenant.location(id="f53d5b7d-2413-44f3-b206-8295e16a19cd")
    card = gateway(tenant, location, sn="9181016S6041224001", model="RAK7289V2", name="RAK7289V2")
    tenant.fleet.report_configuration(card, batteryMonitoring={"enabled": True})
    now = int(datetime.now(UTC).timestamp() * 1000)
    mark = Mark("00000000-0000-4000-8000-000000000001", 9, now, now)
    uplink.battery(EVERYWHERE, fetch(EVERYWHERE, desire.monitored(card.sn)), mark, BATTERY)
    answer = ask(list_battery.handler, tenant, {"locationId": location.id}, query={"pageSize": "100"}).json
    assert answer == {"pageSize": 100, "totalPages": 1, "gateways": [{"sn": "9181016S6041224001", "battery": BATTERY}]}


COMMAND = {"command": "netstat", "args": "-apn", "pipes": [{"command": "grep", "args": "LISTEN"}], "timeout": 60}
OUTPUT = "tcp 0 0 0.0.0.0:80 0.0.0.0:* LISTEN ..."


@pytest.fixture
def tenant_with_gateway(tenant: Tenant) -> Tenant:
    """A tenant whose GW123456 is online at the second of the sample."""
    gateway(tenant, sn="GW123456", name="Gateway-1")
    return tenant


@time_machine.travel(1760413840, tick=False)
def test_send_async_command(tenant_with_gateway: Tenant) -> None:
    answer = ask(send.handler, tenant_with_gateway, {"sn": "GW123456"}, body=COMMAND)
    assert (answer.status, answer.json) == (200, {"commandId": 1760413840})
    assert outbox_of("GW123456")[0]["payload"]["stages"] == [["netstat", "-apn"], ["grep", "-F", "LISTEN"]]


@time_machine.travel(1760413840, tick=False)
def test_get_async_command(tenant_with_gateway: Tenant) -> None:
    ask(send.handler, tenant_with_gateway, {"sn": "GW123456"}, body=COMMAND)
    Commands.finish(EVERYWHERE, fetch(EVERYWHERE, Commands.by_number("GW123456", 1760413840)), "done", OUTPUT)
    answer = ask(get_command.handler, tenant_with_gateway, {"sn": "GW123456", "commandId": "cmd-1760413840"}).json
    printed = {"sn": "GW123456", "commandId": "1760413840", "result": OUTPUT}
    assert answer == {**printed, "status": "SUCCESS"}


@time_machine.travel(datetime(2025, 12, 8, 0, 10, tzinfo=UTC), tick=False)
def test_list_syslog_downloads(tenant: Tenant) -> None:
    card = gateway(tenant, sn="918100RN6040814001", name="RAK7268CV2")
    for day in (7, 6):
        modified = datetime(2025, 12, day, 23, 10, tzinfo=UTC)
        file = LogFile(key=f"logs/{card.sn}/{modified:%Y-%m-%d}/syslog.txt.gz", size=123456, modified=modified)
        Logs.record(EVERYWHERE, card.organization, card.sn, file)
    query = {"startDate": "2025-12-01T00:00:00Z", "endDate": "2025-12-08T00:00:00Z", "maxFiles": "20"}
    answer = ask(list_downloads.handler, tenant, {"sn": card.sn}, query=query).json
    assert {name: answer[name] for name in ("sn", "startDate", "endDate", "totalFiles")} == {
        "sn": "918100RN6040814001", "startDate": "2025-12-01T00:00:00Z", "endDate": "2025-12-08T00:00:00Z", "totalFiles": 2
    }  # fmt: skip
    assert answer["files"][0] == {
        "key": "logs/918100RN6040814001/2025-12-07/syslog.txt.gz", "sizeBytes": 123456, "lastModified": "2025-12-07T23:10:00Z",
        "downloadUrl": answer["files"][0]["downloadUrl"], "expiresAt": "2025-12-08T01:10:00Z",
    }  # fmt: skip


def test_the_stray_blank_in_the_download_sample_is_bad(tenant: Tenant) -> None:
    gateway(tenant, sn="918100RN6040814001", name="RAK7268CV2")
    query = {"startDate": "2025-12- 01T00:00:00Z", "endDate": "2025-12-08T00:00:00Z", "maxFiles": "20"}
    assert invalid_fields(ask(list_downloads.handler, tenant, {"sn": "918100RN6040814001"}, query=query)) == ["startDate"]
