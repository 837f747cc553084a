"""The resources for the WisDM API: an operator creates users and hardware, then a gateway is claimed and simulated."""

from __future__ import annotations

import base64
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from edge.entry import Entry
from fleet.aws.writes import Write, write_alone
from fleet.identity import authenticate
from fleet.identity.api_keys import use_key
from fleet.ids import to_uuid
from muster.operator import api_key, firmware, gateway, rules, thing, user
from muster.operator.keyring import Identity
from muster.rehearse import examples
from muster.rehearse.client import Client
from muster.rehearse.world import World
from muster.simulate.simulation import Simulation
from wisdm.shapes.fields import format_time

_INTERVAL = 5.0
_ON_ITS_WAY = timedelta(seconds=5)
"""How long a code may take until it is checked."""
_SIMULATED = gateway.GatewayRequest(
    sn="918100A1B2C3D4E0FF", eui="ac1f09fffe0a1bff", model="RAK7289CV2", mac="AC:1F:09:0A:1B:FF", firmware="2.2.15", share_logs="wisdm"
)
"""A model with a modem and a battery, so that every route applies to it."""
_BY_HAND = "918100A1B2C3D4E0FE"
_PLACE = {
    "name": "Rehearsal Quay",
    "workMode": "Basics station",
    "basicStation": {
        "serverType": "LNS",
        "serverURL": "wss://lns.example",
        "serverPort": 443,
        "useIndividualKeys": True,
        "authenticationMode": "TLS Server Authentication and Client Token Authentication",
        "trustCACertificate": "-----BEGIN CERTIFICATE-----MIIB-----END CERTIFICATE-----",
    },
    "advancedFrequencySettings": {"region": "EU868"},
}
_TOKEN = "Authorization: eyJh"
_CLAIMED = "TSGW02A1B2C3D4E09"
"""The TUID of a gateway that the organization has and that is in no location."""
_EMAIL, _PASSWORD = "rehearsal@muster.example", "correct horse 9!"


class Gateways(World):
    """Credentials, a location, and simulated gateways in it."""

    def __init__(self, client: Client, routes: Mapping[str, Entry], owner: str) -> None:
        super().__init__(client, routes)
        self.owner = owner
        requests = api_key.KeyRequest(organization=owner, name="rehearsal", access="READ_WRITE", days=1, permissions=rules.PERMISSIONS)
        self._key = api_key.create(requests).key
        self._codes = Codes(user.create(_EMAIL, [f"{owner}:manager"], totp=True, password=_PASSWORD).totp_secret or "")
        self.identity = Identity.of(gateway.provision(replace(_SIMULATED, organization=owner)))
        by_hand = replace(_SIMULATED, sn=_BY_HAND, eui="ac1f09fffe0a1bfe", mac="AC:1F:09:0A:1B:FE", organization=owner, share_logs="none")
        self.by_hand = Identity.of(gateway.provision(by_hand))
        """A gateway that is not simulated: whoever is at it sends its messages."""
        self._provide_for_examples()
        self.known |= {"organizationId": to_uuid(owner), "sn": self.identity.sn}
        self._identities = [self.identity, *self._others()]
        self.simulation = Simulation(self._identities, interval=_INTERVAL, tell=lambda line: None)

    def _others(self) -> list[Identity]:
        """The gateways for further calls."""
        calls = [call for entry in self.routes.values() for call in examples.further(entry)]
        numbers = sorted({call["path"]["sn"] for call in calls if "sn" in call.get("path", {})})
        requests = [
            replace(_SIMULATED, sn=sn, eui=f"ac1f09fffe0a1c{at:02x}", mac=f"AC:1F:09:0A:1C:{at:02X}") for at, sn in enumerate(numbers)
        ]
        return [Identity.of(gateway.provision(replace(each, organization=self.owner))) for each in requests]

    def _provide_for_examples(self) -> None:
        """Resources that documented examples name: an unclaimed gateway, and a firmware."""
        body = self._example("register_gateway")
        gateway.provision(
            gateway.GatewayRequest(sn=body["sn"], eui=body["eui"], model=_SIMULATED.model, mac="AC:1F:09:0A:1B:2C", firmware="2.2.20")
        )
        for body in (call["body"] for call in examples.further(self.routes["register_gateway"]) if "status" not in call):
            claimed = replace(_SIMULATED, sn=body["sn"], eui=body["eui"].lower(), mac="AC:1F:09:0A:1B:39", organization=self.owner)
            gateway.provision(claimed)
            thing.provision(thing.ThingRequest(_CLAIMED, self.owner, "gateway", sn=claimed.sn))
        with tempfile.NamedTemporaryFile() as image:
            image.write(b"firmware")
            image.flush()
            firmware.add(_SIMULATED.model, self._example("upgrade_gateway_firmware")["version"], Path(image.name))

    def _example(self, name: str) -> dict[str, Any]:
        return examples.example(self.routes[name], "body") or {}

    def prepare(self) -> None:
        """Claim the gateway through the API, simulate it, and wait until its first reports have arrived."""
        self.need("create_location", _PLACE)
        for identity in [*self._identities, self.by_hand]:
            self.need("register_gateway", {"sn": identity.sn, "eui": identity.eui, "bsToken": _TOKEN})
        self.simulation.start()
        self.until("the gateway is not ONLINE", lambda: (self.call("get_gateway_status").json or {}).get("status") == "ONLINE")
        self.simulation.wish(self.identity.sn, "syslog")
        self.until("the uploaded log is not listed", lambda: b".gz" in self.call("list_syslog_downloads").content)

    def headers(self, entry: Entry) -> dict[str, str]:
        """The headers with the credential that a route needs, if any."""
        for scheme in entry.route.security.values():
            if scheme["type"] == "apiKey":
                return {scheme["name"]: self._key}
            return {"Authorization": f"Bearer {self._session()}"}
        return {}

    def unused(self) -> None:
        """Each function is granted to record the use of the key, which is done once an hour: so forget it."""
        write_alone(Write.delete(use_key(self._key[4:16]), None))

    def _session(self) -> str:
        """The token of a session, opened when it is first needed."""
        if "create_session" not in self.done:
            self.call("create_session")
        opened = self.done.get("create_session")
        return str(opened.json["token"]) if opened else "none"

    def query(self, entry: Entry) -> dict[str, str] | None:
        """The documented query of a route, with dates around now."""
        now = datetime.now(UTC)
        today = {"startDate": format_time(now - timedelta(days=1)), "endDate": format_time(now + timedelta(days=1))}
        found = super().query(entry)
        return found and {name: today.get(name, value) for name, value in found.items()}

    def body_of(self, entry: Entry, example: Any, again: bool) -> Any:
        """The documented body of a route, with the ids of this world. TOTP codes are scarce: one that is sent again gets a used one."""
        return self._with_ids(example, again)

    def _with_ids(self, example: Any, again: bool) -> Any:
        """An example with the ids of this world."""
        if isinstance(example, list):
            return [self._with_ids(each, again) for each in example]
        if not isinstance(example, Mapping):
            return example
        filled = {name: self._with_ids(value, again) for name, value in example.items()}
        if "locationIds" in filled:
            filled["locationIds"] = [self.known["locationId"]]
        if "verificationCode" in filled:
            code = self._codes.last if again else self._codes.next()
            filled |= {"password": _PASSWORD, "verificationCode": code} | ({"email": _EMAIL} if "email" in filled else {})
        return filled


class Codes:
    """TOTP codes. Each is valid once, so the codes of the time steps next to the current one are used too."""

    def __init__(self, secret: str) -> None:
        self._seed = base64.b32decode(secret)
        self._step = 0
        self.last = "000000"

    def next(self) -> str:
        """The next unused code that is valid long enough to arrive; blocks until there is one."""
        while (step := self._next_step(datetime.now(UTC))) is None:
            time.sleep(0.3)
        self._step, self.last = step, authenticate.code_at(self._seed, step)
        return self.last

    def _next_step(self, now: datetime) -> int | None:
        step = max(self._step + 1, authenticate.step_of(now + _ON_ITS_WAY) - authenticate.DRIFT)
        return step if step <= authenticate.step_of(now) + authenticate.DRIFT else None
