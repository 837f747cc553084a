"""POST /v4/organization/{organizationId}/locations: what it refuses (wisdm.md 3.4 and 1.2). Nothing of this changes anything."""

from __future__ import annotations

import json
import time
from typing import Any

from functions.wisdm.location import create
from tests.contract.wisdm.answers import invalid_fields
from tests.contract.wisdm.location.bodies import CERTIFICATE, CLIENT, KEY, NONE, SERVER, TOKENS, body
from tests.contract.wisdm.tenant import Tenant
from tests.harness.call import Response, call

STATION, FREQUENCY = "basicStation", "advancedFrequencySettings"


def create_location(tenant: Tenant, document: Any) -> Response:
    return call(create.handler, tenant.path, key=tenant.key, body=document)


MEMBERS: list[tuple[str, Any]] = [
    ("name", ...), ("name", None), ("name", "abc"), ("name", "x" * 51), ("name", "   abc   "), ("name", 5), ("name", ["Pier"]),
    ("name", "Pier\x00"), ("name", "Pier\n"), ("name", "Har\tbour"), ("name", "\x1fPier"),
    ("workMode", ...), ("workMode", "basics station"), ("workMode", "Packet forwarder"), ("workMode", ""), ("workMode", 1),
    ("enableCriticalFwAutoUpdate", "true"), ("enableCriticalFwAutoUpdate", 1), ("enableCriticalFwAutoUpdate", 0),
    (STATION, ...), (STATION, None), (STATION, []), (STATION, "LNS"), (FREQUENCY, ...), (FREQUENCY, None), (FREQUENCY, 868),
    ("channelsNumber", 9), ("channelsNumber", "8"), ("channelsNumber", 8.0), ("channelsNumber", True), ("channelsNumber", 0),
    ("address", "Quay 1"), ("address", []),
]  # fmt: skip


def test_members(tenant: Tenant) -> None:
    for name, value in MEMBERS:
        assert invalid_fields(create_location(tenant, body(**{name: value}))) == [name], (name, value)


ADDRESSES: list[tuple[dict[str, Any], str]] = [
    ({"country": 5}, "country"), ({"addressLine1": "x" * 129}, "addressLine1"), ({"city": 5}, "city"), ({"state": "a\x07"}, "state"),
    ({"zip": 1000}, "zip"), ({"latitude": 90.1, "longitude": 0}, "latitude"), ({"latitude": -90.1, "longitude": 0}, "latitude"),
    ({"latitude": 0, "longitude": 180.1}, "longitude"), ({"latitude": 0, "longitude": -181}, "longitude"),
    ({"latitude": 10**400, "longitude": 0}, "latitude"), ({"latitude": 0, "longitude": -(10**400)}, "longitude"),
    ({"latitude": "42", "longitude": 0}, "latitude"), ({"latitude": True, "longitude": 0}, "latitude"),
    ({"latitude": 1}, "longitude"), ({"longitude": 1}, "latitude"), ({"latitude": 1, "longitude": None}, "longitude"),
]  # fmt: skip


def test_addresses(tenant: Tenant) -> None:
    for address, field in ADDRESSES:
        assert invalid_fields(create_location(tenant, body(address=address))) == [f"address.{field}"], address


STATIONS: list[tuple[str, Any]] = [
    ("serverType", ...), ("serverType", "lns"), ("serverType", "CUPS_BOOT"), ("serverType", None), ("serverURL", ...), ("serverURL", 5),
    ("serverPort", ...), ("serverPort", 0), ("serverPort", 65536), ("serverPort", "443"), ("serverPort", 443.0), ("serverPort", True),
    ("serverPort", -1), ("serverPort", 10**400),
    ("authenticationMode", ...), ("authenticationMode", "none"), ("authenticationMode", "TLS"), ("authenticationMode", ""),
    ("useIndividualKeys", "true"), ("useIndividualKeys", 0),
]  # fmt: skip


def test_stations(tenant: Tenant) -> None:
    for name, value in STATIONS:
        assert invalid_fields(create_location(tenant, body(station_of={name: value}))) == [f"{STATION}.{name}"], (name, value)


URLS: list[tuple[str, str, str]] = [
    ("LNS", NONE, "lns.example"), ("LNS", NONE, "//lns.example"), ("LNS", NONE, "ws://"), ("LNS", NONE, "wss://:443"), ("LNS", NONE, ""),
    ("LNS", NONE, "https://lns.example"), ("LNS", NONE, "mqtt://lns.example"), ("CUPS", NONE, "wss://cups.example"),
    ("CUPS-BOOT", NONE, "ws://cups.example"), ("LNS", SERVER, "ws://lns.example"), ("CUPS", SERVER, "http://cups.example"),
    ("CUPS-BOOT", CLIENT, "http://cups.example"), ("LNS", TOKENS, "ws://lns.example"),
    ("LNS", NONE, "wss://user@lns.example"), ("LNS", NONE, "wss://user:word@lns.example"), ("LNS", NONE, "wss://lns.example/?a=1"),
    ("LNS", NONE, "wss://lns.example?"), ("LNS", NONE, "wss://lns.example/#here"), ("LNS", NONE, "wss://lns.example:8443"),
    ("LNS", NONE, "wss://lns.example:99999"), ("LNS", NONE, "wss://lns.example:x"), ("LNS", NONE, "wss://[::1"),
    ("LNS", NONE, "wss://lns example"),
    *(("LNS", NONE, f"wss://{host}") for host in ("lns..example", ".lns.example", "%00", "ｌns.example", "lns\u200b.example", "lns\\x")),
    ("LNS", NONE, "wss://lns.example\\@evil.test"), ("LNS", NONE, "wss://lns.example/ä"), ("LNS", NONE, "wss://lns.example/a\x7f"),
    ("LNS", NONE, "wss://lns.example:443:443"), ("LNS", NONE, "wss://lns.example:+443"), ("LNS", NONE, "wss://lns.example:0"),
    ("LNS", NONE, "wss:lns.example"), ("LNS", NONE, "wss:///lns.example"), ("LNS", NONE, "wss://[zz]"), ("LNS", NONE, " wss://lns.example"),
    ("LNS", NONE, "wss://lns.example/\n"), ("LNS", NONE, "wss://lns.example/" + "x" * 500),
]  # fmt: skip


def test_urls(tenant: Tenant) -> None:
    for server, mode, url in URLS:
        document = body(mode, station_of={"serverType": server, "serverURL": url})
        assert invalid_fields(create_location(tenant, document)) == [f"{STATION}.serverURL"], url


GOOD_URLS: list[tuple[str, str, str]] = [
    ("LNS", NONE, "ws://lns.example"), ("LNS", NONE, "WSS://LNS.example"), ("LNS", SERVER, "wss://lns.example:443/a%20b;c=d"),
    ("CUPS", NONE, "http://10.0.0.1"), ("CUPS", TOKENS, "https://[2001:db8::1]:443/"), ("CUPS-BOOT", SERVER, "https://my_boot-1."),
    ("LNS", NONE, "wss://lns.example/" + "x" * 494),
]  # fmt: skip


def test_good_urls(tenant: Tenant) -> None:
    for server, mode, url in GOOD_URLS:
        document = body(mode, station_of={"serverType": server, "serverURL": url}, channelsNumber=9)
        assert invalid_fields(create_location(tenant, document)) == ["channelsNumber"], url


CREDENTIALS: list[tuple[str, str, Any]] = [
    *((mode, "trustCACertificate", value) for mode in (SERVER, CLIENT, TOKENS) for value in (..., None, "", 5, "no PEM", KEY)),
    *((CLIENT, "clientCertificate", value) for value in (..., None, "no PEM", KEY, CERTIFICATE[:-10])),
    *((CLIENT, "clientCertificate", value) for value in (CERTIFICATE + "\x00", "é" + CERTIFICATE, "said: " + CERTIFICATE)),
    *((CLIENT, "clientCertificate", value) for value in (CERTIFICATE + "said", CERTIFICATE[:5] + "\t" + CERTIFICATE[5:], "\n")),
    (CLIENT, "clientCertificate", "-----BEGIN CERTIFICATE-----END CERTIFICATE-----"),
    *((CLIENT, "clientKey", value) for value in (..., CERTIFICATE, KEY.replace("BEGIN PRIVATE", "BEGIN DSA PRIVATE"), 7)),
    (CLIENT, "clientKey", KEY.replace("END PRIVATE", "END RSA PRIVATE")),
    (CLIENT, "clientCertificate", CERTIFICATE.replace("MIIB", "M" * 16384)),
    *((TOKENS, "token", value) for value in (..., "", "a\nb", "a\r", "é", "x" * 4097, 5)),
]  # fmt: skip


def test_credentials_that_a_mode_needs(tenant: Tenant) -> None:
    for mode, name, value in CREDENTIALS:
        assert invalid_fields(create_location(tenant, body(mode, station_of={name: value}))) == [f"{STATION}.{name}"], (mode, name, value)


def test_individual_keys_still_need_a_trusted_certificate(tenant: Tenant) -> None:
    document = {"trustCACertificate": ..., "clientCertificate": ..., "clientKey": ..., "useIndividualKeys": True}
    assert invalid_fields(create_location(tenant, body(CLIENT, station_of=document))) == [f"{STATION}.trustCACertificate"]


FREQUENCIES: list[tuple[dict[str, Any], str]] = [
    ({"region": ...}, "region"), ({"region": "EU869"}, "region"), ({"region": "eu868"}, "region"), ({"region": None}, "region"),
    ({"regionVariation": "EU868-1"}, "regionVariation"), ({"regionVariation": 1}, "regionVariation"),
    ({"region": "AS923"}, "regionVariation"), ({"region": "AS923", "regionVariation": "default"}, "regionVariation"),
    ({"region": "AS923", "regionVariation": "AS923-5"}, "regionVariation"),
    ({"region": "US915", "regionVariation": "AS923-1"}, "regionVariation"),
    ({"isLoRaWANPublic": "yes"}, "isLoRaWANPublic"), ({"isLoRaWANPublic": 1}, "isLoRaWANPublic"),
    ({"frequencySubBand": "G0"}, "frequencySubBand"), ({"frequencySubBand": "G5"}, "frequencySubBand"),
    ({"frequencySubBand": "g1"}, "frequencySubBand"), ({"frequencySubBand": "1"}, "frequencySubBand"),
    ({"frequencySubBand": 1}, "frequencySubBand"),
    ({"frequencySubBand": "G01"}, "frequencySubBand"), ({"region": "US915", "frequencySubBand": "G9"}, "frequencySubBand"),
    ({"region": "AU915", "frequencySubBand": "G9"}, "frequencySubBand"),
    ({"region": "CN470", "frequencySubBand": "G13"}, "frequencySubBand"),
    ({"region": "KR920", "frequencySubBand": "G2"}, "frequencySubBand"),
    ({"region": "IN865", "frequencySubBand": "G2"}, "frequencySubBand"),
]  # fmt: skip


def test_frequencies(tenant: Tenant) -> None:
    for frequency, field in FREQUENCIES:
        assert invalid_fields(create_location(tenant, body(frequency=frequency))) == [f"{FREQUENCY}.{field}"], frequency


def test_every_failing_field_is_told_in_the_order_of_the_document(tenant: Tenant) -> None:
    document = {
        "channelsNumber": 9,
        FREQUENCY: {"frequencySubBand": "G9", "region": "EU868"},
        STATION: {"clientKey": 1, "serverURL": "ws://x:1", "serverPort": 443, "serverType": "LNS", "authenticationMode": CLIENT},
        "address": {"longitude": 1, "city": 5},
        "name": "x",
    }
    assert invalid_fields(create_location(tenant, document)) == [
        "channelsNumber", f"{FREQUENCY}.frequencySubBand", f"{STATION}.clientKey", f"{STATION}.serverURL",
        f"{STATION}.trustCACertificate", f"{STATION}.clientCertificate", "address.city", "address.latitude", "workMode", "name",
    ]  # fmt: skip


def test_an_empty_body_names_every_required_member(tenant: Tenant) -> None:
    assert invalid_fields(create_location(tenant, {})) == ["name", "workMode", STATION, FREQUENCY]


def test_a_member_has_no_second_spelling(tenant: Tenant) -> None:
    assert invalid_fields(create_location(tenant, body(workMode=..., work_mode="Basics station"))) == ["workMode"]


def test_a_long_name_of_accents_takes_no_longer_than_another(tenant: Tenant) -> None:
    """To compose them takes time that grows with the square of their number: a hundred times as long for these."""

    def seconds(name: str) -> float:
        sent = json.dumps(body(name=name), ensure_ascii=False).encode()
        started = time.process_time()
        assert invalid_fields(call(create.handler, tenant.path, key=tenant.key, body=sent)) == ["name"]
        return time.process_time() - started

    plain = min(seconds("ab" * 25_000) for _ in range(3))
    assert min(seconds("\u0315\u0300" * 25_000) for _ in range(3)) < 10 * plain
