"""POST /v4/gateway/{sn}/syslog (wisdm.md 9.1)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fleet.access import EVERYWHERE
from fleet.files.file import LogFile
from fleet.files.files import Logs
from functions.wisdm.logs.get import handler as get
from functions.wisdm.logs.list_downloads import handler as downloads
from functions.wisdm.logs.set import handler as put
from tests.contract.wisdm.answers import invalid_fields, is_accepted, refusal_message
from tests.contract.wisdm.logs.settings import DEFAULTS, FULL, SERVER
from tests.contract.wisdm.network.settings import change, read
from tests.contract.wisdm.stored import outbox_of, restored_after_each, unchanged
from tests.contract.wisdm.tenant import TenantWithGateways
from tests.harness.aws import partition
from tests.harness.call import call
from wisdm.shapes.fields import format_time


def test_what_is_set_is_read_at_once_and_sent_unless_the_gateway_is_away(gateways: TenantWithGateways) -> None:
    """What is sent on its return, `tests/workers/test_return.py` tests."""
    for card, sent in ((gateways.online, [{"version": 1, "section": "syslog"}]), (gateways.offline, [])):
        assert is_accepted(change(gateways, put, card, FULL | {"logLevel": 7}))
        assert read(gateways, get, card).json == {"sn": card.sn, **FULL}
        assert [message["payload"] for message in outbox_of(card.sn)] == sent


def test_numbers_left_out_keep_their_values(gateways: TenantWithGateways) -> None:
    card = gateways.online
    change(gateways, put, card, FULL)
    change(gateways, put, card, {"shareLogs": "wisdm", "logsRotationCycle": None, "wisdmLogsRetrievalCycle": 5})
    expected = {"sn": card.sn, **FULL, "shareLogs": "wisdm", "wisdmLogsRetrievalCycle": 5}
    del expected["externalLogServer"]
    assert read(gateways, get, card).json == expected


def test_a_server_that_no_logs_go_to_is_dropped_whatever_it_is(gateways: TenantWithGateways) -> None:
    card = gateways.online
    servers: tuple[Any, ...] = (SERVER, {"ip": "a.example", "port": 514}, {"ip": "", "port": None}, "", 7)
    for share, server in restored_after_each((share, server) for share in ("none", "wisdm") for server in servers):
        assert is_accepted(change(gateways, put, card, {"shareLogs": share, "externalLogServer": server}))
        assert read(gateways, get, card).json == {"sn": card.sn, **DEFAULTS, "shareLogs": share}


def test_an_external_server_must_be_named(gateways: TenantWithGateways) -> None:
    for share in ("external", "externalAndWisdm"):
        assert invalid_fields(change(gateways, put, gateways.online, {"shareLogs": share})) == ["externalLogServer"]


def test_an_external_server_is_an_address(gateways: TenantWithGateways) -> None:
    for ip in ("192.168.1.10", "2001:db8::1", "::ffff:192.0.2.1"):
        assert is_accepted(
            change(gateways, put, gateways.online, {"shareLogs": "external", "externalLogServer": {"ip": ip, "port": 65535}})
        )
        assert read(gateways, get, gateways.online).json["externalLogServer"] == {"ip": ip, "port": 65535}


BAD: list[tuple[dict[str, Any], str]] = [
    *(({"shareLogs": share}, "shareLogs") for share in ("None", "all", None, True)),
    *(({name: value}, name) for name in ("logsRotationCycle", "wisdmLogsRotationCycle") for value in (0, 366, 7.0, "7", True)),
    *(({"wisdmLogsRetrievalCycle": value}, "wisdmLogsRetrievalCycle") for value in (0, 1441)),
    *(({"externalLogServer": {**SERVER, "ip": ip}}, "externalLogServer.ip") for ip in ("logs.example", "1.2.3", "fe80::1%eth0", "", 1)),
    *(({"externalLogServer": {**SERVER, "port": port}}, "externalLogServer.port") for port in (0, 65536, "514")),
    ({"externalLogServer": {"ip": "192.0.2.1"}}, "externalLogServer.port"),
    ({"externalLogServer": "192.0.2.1:514"}, "externalLogServer"),
]


def test_a_bad_value_is_refused(gateways: TenantWithGateways) -> None:
    with unchanged():
        for changed, field in BAD:
            assert invalid_fields(change(gateways, put, gateways.online, FULL | changed)) == [field], changed


def test_numbers_at_the_limits_are_good(gateways: TenantWithGateways) -> None:
    for day, minute in ((1, 1), (365, 1440)):
        wanted = FULL | {"logsRotationCycle": day, "wisdmLogsRotationCycle": day, "wisdmLogsRetrievalCycle": minute}
        assert is_accepted(change(gateways, put, gateways.online, wanted))
        assert read(gateways, get, gateways.online).json == {"sn": gateways.online.sn, **wanted}


def test_a_gateway_that_is_not_configured_cannot_be_set(gateways: TenantWithGateways) -> None:
    with unchanged():
        refusal_message(change(gateways, put, gateways.provisioning, FULL), 500)


def test_files_are_listed_for_as_long_as_they_are_kept(gateways: TenantWithGateways) -> None:
    card, now = gateways.online, datetime.now(UTC)
    key = f"logs/{card.sn}/2026-01-04/a.gz"
    Logs.record(EVERYWHERE, card.organization, card.sn, LogFile(key=key, size=1, modified=now - timedelta(days=20)), 365)
    query = {"startDate": format_time(now - timedelta(days=40)), "endDate": format_time(now)}
    for days, count in ((19, 0), (21, 1)):
        change(gateways, put, card, {"shareLogs": "wisdm", "wisdmLogsRotationCycle": days})
        assert call(downloads, {"sn": card.sn}, key=gateways.key, query=query).json["totalFiles"] == count
    assert len(partition("FleetTable", f"RETENTION#{card.organization}#{card.sn}")) == 2
