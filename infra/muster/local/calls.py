"""The instructions that `muster up` prints: URLs, and calls to paste."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from muster.local.seed import SeededOrganization


def instructions(base_url: str, cloud: str, wishes: Path, organizations: Sequence[SeededOrganization]) -> str:
    """What is running and how to call it, as text."""
    lines = [f"Muster answers at {base_url}. AWS is simulated at {cloud}. Ctrl-C stops both.", ""]
    for one in organizations:
        lines += [
            f"{one.name}: organization {one.id}",
            f"  key to read     {one.wisdm['readKey']}",
            f"  key to write    {one.wisdm['writeKey']}",
            f"  location        {', '.join(one.locations)}",
            f"  gateways        {', '.join(one.gateways)}",
            f"  Thingsee client {one.thingsee['clientId']}, secret {one.thingsee['clientSecret']}",
            f"  WEGnology token {one.wegnology['token']}, application {one.applicationId}, device {one.wegnology['device']}",
            f"  things          {', '.join(one.things)}; {', '.join(one.silentThings)} has never been heard",
            "",
        ]
    return "\n".join(
        [
            *lines,
            "Lines to paste (the alert of a thing that has never been heard comes up to a minute after the start):",
            *_calls(base_url, organizations[0]),
            *_thing_calls(base_url, organizations[0]),
            *_device_calls(base_url, organizations[0]),
            *_control_commands(base_url, wishes, organizations[0]),
            "",
            "What happens:",
        ]
    )


def _calls(base_url: str, one: SeededOrganization) -> list[str]:
    """Calls of the WisDM API, a line each."""
    read, write = (f"curl -s -H 'X-API-KEY: {one.wisdm[name]}'" for name in ("readKey", "writeKey"))
    gateway, place = f"{base_url}/v4/gateway/{one.gateways[0]}", one.locations[0]
    command = json.dumps({"command": "netstat", "args": "-apn", "pipes": [{"command": "grep", "args": "LISTEN"}], "timeout": 60})
    sent = f"{write} -H 'Content-Type: application/json' -d '{command}' {gateway}/async-cmd"
    now = datetime.now(UTC)
    dates = f"startDate={now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}&endDate={now + timedelta(days=7):%Y-%m-%dT%H:%M:%SZ}"
    logs = f"{read} '{gateway}/syslog/download?{dates}'"
    return [
        f"  {read} {base_url}/v4/organization/{one.id}/locations",
        f"  {read} {base_url}/v4/location/{place}/gateways/status",
        f"  {read} {gateway}/status",
        f"  {sent}",
        f"  id=$({sent} | grep -o '[0-9]*'); sleep 2; {read} {gateway}/async-cmd/$id",
        f"  {logs}",
        f'  curl -s -o /tmp/syslog.gz "$({logs} | grep -o \'http[^"]*\' | head -n 1)" && zcat /tmp/syslog.gz | head',
    ]


def _thing_calls(base_url: str, one: SeededOrganization) -> list[str]:
    """Calls of the Thingsee API, a line each; the first stores a token for the others."""
    client = json.dumps({"client_id": one.thingsee["clientId"], "client_secret": one.thingsee["clientSecret"]})
    as_json, ask = "-H 'Content-Type: application/json'", 'curl -s -H "Authorization: Bearer $token"'
    thing = f"{base_url}/things/{one.things[-1]}"
    settings = json.dumps([{"tsmId": 1500, "tsmEv": 30, "transactionId": 42, "reportInterval": 600}])
    return [
        f"  token=$(curl -s {as_json} -d '{client}' {base_url}/auth/client-token | cut -d '\"' -f 6)",
        f"  {ask} {thing}",
        f"  {ask} '{thing}/messages?limit=3&messageid=12100'",
        f"  {ask} {as_json} -d '{settings}' {thing}/commands; sleep 3; {ask} '{thing}/messages?limit=1&eventid=31'",
        f"  {ask} {base_url}/things/alerts",
        f"  {ask} {base_url}/groups/",
    ]


def _device_calls(base_url: str, one: SeededOrganization) -> list[str]:
    """Calls of the WEGnology API, a line each."""
    ask = f"curl -s -H 'Authorization: Bearer {one.wegnology['token']}'"
    devices = f"{base_url}/applications/{one.applicationId}/devices"
    made = json.dumps({"name": "Pump 7", "tags": [{"key": "hall", "value": "north"}]})
    command = json.dumps({"name": "set", "payload": {"target": 20}, "deviceTags": [{"key": "hall", "value": "north"}]})
    query = '--data-urlencode \'query={"tags": {"hall": "north"}}\''
    return [
        f"  {ask} -d '{made}' {devices}",
        f"  {ask} -G {query} {devices}",
        f"  {ask} -d '{command}' {devices}/command; sleep 5; {ask} '{devices}/compositeState?attributes=flow,target'",
    ]


def _control_commands(base_url: str, wishes: Path, one: SeededOrganization) -> list[str]:
    """How to take simulated devices offline and online again, and what the APIs then show."""
    sn, tuid = one.gateways[-1], one.silentThings[0]
    reboot = f"curl -s -X POST -H 'X-API-KEY: {one.wisdm['writeKey']}' {base_url}/v4/gateway/{sn}/reboot"
    alerts = f'curl -s -H "Authorization: Bearer $token" {base_url}/things/{tuid}/alerts'
    return [
        f"  echo offline {sn} > {wishes}; sleep 5; {reboot}; echo online {sn} > {wishes}",
        f"  echo online {tuid} > {wishes}; sleep 15; {alerts}",
    ]
