"""GET and POST /v4/gateway/{sn}/syslog (contract, 9.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fleet.access import EVERYWHERE
from fleet.files.file import LogFile
from fleet.files.files import Logs
from functions.wisdm.logs.get import handler as get
from functions.wisdm.logs.list_downloads import handler as downloads
from functions.wisdm.logs.set import handler as put
from tests.contract.wisdm.network.settings import change, offline, online, provisioning, read
from tests.contract.wisdm.tenant import Tenant, failing, refused, rows, sent_to
from tests.harness.call import call
from wisdm.shapes.fields import shown

SERVER = {"ip": "198.51.100.20", "port": 6514}
FULL: dict[str, Any] = {
    "shareLogs": "externalAndWisdm",
    "logsRotationCycle": 30,
    "wisdmLogsRetrievalCycle": 60,
    "wisdmLogsRotationCycle": 21,
    "externalLogServer": SERVER,
}
DEFAULTS: dict[str, Any] = {"shareLogs": "none", "logsRotationCycle": 7, "wisdmLogsRetrievalCycle": 10, "wisdmLogsRotationCycle": 14}


@pytest.fixture
def tenant(standing: Tenant) -> Tenant:
    """One for all tests: each has a gateway of its own."""
    return standing


@pytest.mark.parametrize("make", [online, offline, provisioning])
def test_has_defaults_before_anyone_said_otherwise(tenant: Tenant, make: Any) -> None:
    card = make(tenant)
    assert read(tenant, get, card).json == {"sn": card.sn, **DEFAULTS}


@pytest.mark.parametrize("make", [online, offline])
def test_what_is_set_is_read_at_once(tenant: Tenant, make: Any) -> None:
    card = make(tenant)
    assert change(tenant, put, card, FULL | {"logLevel": 7}).status == 204
    assert read(tenant, get, card).json == {"sn": card.sn, **FULL}
    (message,) = sent_to(card.sn)
    assert message["payload"] == {"version": 1, "section": "syslog"}


def test_numbers_left_out_keep_their_values(tenant: Tenant) -> None:
    card = online(tenant)
    change(tenant, put, card, FULL)
    change(tenant, put, card, {"shareLogs": "wisdm", "logsRotationCycle": None, "wisdmLogsRetrievalCycle": 5})
    expected = {"sn": card.sn, **FULL, "shareLogs": "wisdm", "wisdmLogsRetrievalCycle": 5}
    del expected["externalLogServer"]
    assert read(tenant, get, card).json == expected


@pytest.mark.parametrize("share", ["none", "wisdm"])
def test_a_server_that_no_logs_go_to_is_checked_and_dropped(tenant: Tenant, share: str) -> None:
    card = online(tenant)
    assert failing(change(tenant, put, card, {"shareLogs": share, "externalLogServer": {"ip": "a.example", "port": 514}})) == [
        "externalLogServer.ip"
    ]
    assert change(tenant, put, card, {"shareLogs": share, "externalLogServer": SERVER}).status == 204
    assert read(tenant, get, card).json == {"sn": card.sn, **DEFAULTS, "shareLogs": share}


@pytest.mark.parametrize("share", ["external", "externalAndWisdm"])
def test_an_external_server_must_be_named(tenant: Tenant, share: str) -> None:
    assert failing(change(tenant, put, online(tenant), {"shareLogs": share})) == ["externalLogServer"]


@pytest.mark.parametrize("ip", ["192.168.1.10", "2001:db8::1", "::ffff:192.0.2.1"])
def test_an_external_server_is_an_address(tenant: Tenant, ip: str) -> None:
    card = online(tenant)
    assert change(tenant, put, card, {"shareLogs": "external", "externalLogServer": {"ip": ip, "port": 65535}}).status == 204
    assert read(tenant, get, card).json["externalLogServer"] == {"ip": ip, "port": 65535}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        *(({"shareLogs": share}, "shareLogs") for share in ("None", "all", None, True)),
        *(({name: value}, name) for name in ("logsRotationCycle", "wisdmLogsRotationCycle") for value in (0, 366, 7.0, "7", True)),
        *(({"wisdmLogsRetrievalCycle": value}, "wisdmLogsRetrievalCycle") for value in (0, 1441)),
        *(({"externalLogServer": {**SERVER, "ip": ip}}, "externalLogServer.ip") for ip in ("logs.example", "1.2.3", "fe80::1%eth0", "", 1)),
        *(({"externalLogServer": {**SERVER, "port": port}}, "externalLogServer.port") for port in (0, 65536, "514")),
        ({"externalLogServer": {"ip": "192.0.2.1"}}, "externalLogServer.port"),
        ({"externalLogServer": "192.0.2.1:514"}, "externalLogServer"),
    ],
    ids=str,
)
def test_a_bad_value_is_refused(tenant: Tenant, changed: dict[str, Any], field: str) -> None:
    card = online(tenant)
    assert failing(change(tenant, put, card, FULL | changed)) == [field]
    assert sent_to(card.sn) == []


def test_a_gateway_that_is_not_configured_cannot_be_set(tenant: Tenant) -> None:
    card = provisioning(tenant)
    refused(change(tenant, put, card, FULL), 500)
    assert sent_to(card.sn) == []


def test_files_are_listed_for_as_long_as_they_are_kept(tenant: Tenant) -> None:
    card, now = online(tenant), datetime.now(UTC)
    key = f"logs/{card.sn}/2026-01-04/a.gz"
    Logs.record(EVERYWHERE, card.organization, card.sn, LogFile(key=key, size=1, modified=now - timedelta(days=20)), 365)
    query = {"startDate": shown(now - timedelta(days=40)), "endDate": shown(now)}
    for days, count in ((19, 0), (21, 1)):
        change(tenant, put, card, {"shareLogs": "wisdm", "wisdmLogsRotationCycle": days})
        assert call(downloads, {"sn": card.sn}, key=tenant.key, query=query).json["totalFiles"] == count
    assert len([row for row in rows() if row["pk"]["S"] == f"RETENTION#{card.organization}#{card.sn}"]) == 2
