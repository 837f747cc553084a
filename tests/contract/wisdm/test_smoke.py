from functions.wisdm.command import get as get_command, send
from functions.wisdm.gateway import get_status, list as list_gateways, list_status, register
from functions.wisdm.location import create, list as list_locations
from functions.wisdm.logs import list_downloads
from functions.wisdm.organization import get as get_org
from functions.wisdm.version import get as get_version
from tests.harness.call import call
from fleet.ids import to_uuid


def test_all(fleet, signed):
    org = fleet.organization()
    key = fleet.key(org)
    print(call(get_version.handler, key=key))
    print(call(get_org.handler, key=key))
    body = {
        "name": "Harbour East", "workMode": "Basics station",
        "basicStation": {"serverType": "LNS", "serverURL": "wss://lns.example", "serverPort": 443, "authenticationMode": "TLS Server Authentication and Client Token Authentication", "token":"abc", "trustCACertificate": "-----BEGIN CERTIFICATE-----...-----END CERTIFICATE-----"},
        "advancedFrequencySettings": {"region": "EU868"},
    }
    r = call(create.handler, {"organizationId": to_uuid(org.id)}, key=key, body=body)
    print(r)
    print(call(list_locations.handler, {"organizationId": to_uuid(org.id)}, key=key))
    loc = r.json["locationId"]
    box = fleet.box()
    print(call(register.handler, {"locationId": loc}, key=key, body={"sn": box.sn, "eui": box.factory.eui.upper()}))
    print(call(list_gateways.handler, {"locationId": loc}, key=key))
    print(call(list_status.handler, {"locationId": loc}, key=key, query={"pageSize": "1"}))
    print(call(get_status.handler, {"sn": box.sn}, key=key))
    print(call(send.handler, {"sn": box.sn}, key=key, body={"command": "netstat", "args": "-apn", "pipes": [{"command": "grep", "args": "LISTEN"}]}))
    from fleet.store.ask import fetch
    from fleet.store.gateways import Gateways
    from fleet.access import EVERYWHERE
    card = fetch(EVERYWHERE, Gateways.by_sn(box.sn)).card
    fleet.online(card)
    r = call(send.handler, {"sn": box.sn}, key=key, body={"command": "netstat", "args": "-apn", "pipes": [{"command": "grep", "args": "LISTEN"}]})
    print(r)
    print(call(get_command.handler, {"sn": box.sn, "commandId": f"cmd-{r.json['commandId']}"}, key=key))
    print(call(list_downloads.handler, {"sn": box.sn}, key=key, query={"startDate": "2025-12-01T00:00:00Z", "endDate": "2025-12-08T00:00:00Z"}))
    print(call(list_downloads.handler, {"sn": box.sn}, key=key, query={"startDate": "2025-12- 01T00:00:00Z", "endDate": "2025-12-08T00:00:00Z"}, headers={"Accept-Encoding": "gzip"}))
    print(sorted(signed.grants))
