"""A world on the deployed stacks in which every route has something to be called about: made by an operator, then played."""

from __future__ import annotations

import base64
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from edge.route import Entry
from fleet.ids import to_uuid
from fleet.services import passwords
from muster.operator import api_key, firmware, gateway, organization, rules, user
from muster.rehearse import examples
from muster.rehearse.client import Client, Reply
from muster.simulate.keyring import Identity
from muster.simulate.simulation import Simulation

_PATIENCE = 60.0
_INTERVAL = 5.0
_PLAYED = gateway.Wanted(
    sn="918100A1B2C3D4E0FF", eui="ac1f09fffe0a1bff", model="RAK7289CV2", mac="AC:1F:09:0A:1B:FF", firmware="2.2.15", share_logs="wisdm"
)
"""A model with a modem and a battery, so that every route is for it."""
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
_EMAIL, _PASSWORD = "rehearsal@muster.example", "correct horse 9!"


class NotSo(Exception):
    """The world could not be made as it has to be; the message says what did not happen."""


class World:
    """An organization with credentials, a location and a gateway in it that is played; and what is known for paths."""

    def __init__(self, client: Client, routes: Mapping[str, Entry], tell: Callable[[str], None]) -> None:
        self.client, self.routes = client, routes
        owner = organization.create("Rehearsal", "rehearsal").id
        wanted = api_key.Wanted(organization=owner, name="rehearsal", access="READ_WRITE", days=1, permissions=rules.PERMISSIONS)
        self.key = api_key.create(wanted).key
        self.codes = Codes(user.create(owner, _EMAIL, administrator=True, totp=True, password=_PASSWORD).totp_secret or "")
        self.identity = Identity.of(gateway.provision(replace(_PLAYED, organization=owner)))
        self._provide_for_examples()
        self.known = {"organizationId": to_uuid(owner), "sn": self.identity.sn}
        self.done: dict[str, Reply] = {}
        """The first answer of each route that was as declared."""
        self.simulation = Simulation([self.identity], interval=_INTERVAL, tell=tell)

    def _provide_for_examples(self) -> None:
        """What documented examples are about: a gateway that nobody owns yet, and a firmware."""
        body = self._example("register_gateway")
        gateway.provision(gateway.Wanted(sn=body["sn"], eui=body["eui"], model=_PLAYED.model, mac="AC:1F:09:0A:1B:2C", firmware="2.2.20"))
        with tempfile.NamedTemporaryFile() as image:
            image.write(b"firmware")
            image.flush()
            firmware.add(_PLAYED.model, self._example("upgrade_gateway_firmware")["version"], Path(image.name))

    def _example(self, name: str) -> dict[str, Any]:
        return examples.example(self.routes[name], "body") or {}

    def play(self) -> None:
        """Place the gateway through the API, play it, and wait until all that it does by itself has come through."""
        self._need("create_location", _PLACE)
        self._need("register_gateway", {"sn": self.identity.sn, "eui": self.identity.eui, "name": "Played", "bsToken": _TOKEN})
        self.simulation.start()
        self.until("the gateway is not ONLINE", lambda: (self.good("get_gateway_status").json or {}).get("status") == "ONLINE")
        self.simulation.wish(self.identity.sn, "syslog")
        self.until("the uploaded log is not listed", lambda: b".gz" in self.good("list_syslog_downloads").content)

    def until(self, otherwise: str, so: Callable[[], bool]) -> None:
        """Wait for something. NotSo when it does not come."""
        end = time.monotonic() + _PATIENCE
        while not so():
            if time.monotonic() > end:
                raise NotSo(otherwise)
            time.sleep(0.3)

    def headers(self, entry: Entry) -> dict[str, str]:
        """The credential that a route asks for, if it does."""
        for scheme in entry.dialect.security.values():
            if scheme["type"] == "apiKey":
                return {scheme["name"]: self.key}
            return {"Authorization": f"Bearer {self._session()}"}
        return {}

    def _session(self) -> str:
        """The token of a session that is opened when it is first needed."""
        if "create_session" not in self.done:
            self.good("create_session")
        opened = self.done.get("create_session")
        return str(opened.json["token"]) if opened else "none"

    def good(self, name: str, **changed: Any) -> Reply:
        """The good call of a route, with whatever is to be otherwise. Ids in its answer are remembered for later paths."""
        entry = self.routes[name]
        arguments = {"headers": None, "body": self._fitted(examples.example(entry, "body"), name in self.done), **changed}
        if arguments["headers"] is None:
            arguments["headers"] = self.headers(entry)
        path = {part: value for part in variables(entry) if (value := self.value(entry, part))} | arguments.pop("path", {})
        reply = self.client.call(entry, path, query=examples.query(entry, datetime.now(UTC)), **arguments)
        if reply.status == entry.route.status:
            self.done.setdefault(name, reply)
            self._remember(entry, reply.json)
        return reply

    def value(self, entry: Entry, variable: str) -> str | None:
        """What stands for a variable of a path: an id that is known by now, or the first of the words that it may be."""
        shape = entry.route.shapes.get("path")
        declared = shape.model_json_schema()["properties"].get(variable, {}) if shape else {}
        return self.known.get(variable) or next(iter(declared.get("enum", ())), None)

    def _fitted(self, example: Any, again: bool) -> Any:
        """An example with this world's people and places in it. Codes are few, so what has been done already gets an old one."""
        if isinstance(example, list):
            return [self._fitted(each, again) for each in example]
        if not isinstance(example, Mapping):
            return example
        fitted = {name: self._fitted(value, again) for name, value in example.items()}
        if "locationIds" in fitted:
            fitted["locationIds"] = [self.known["locationId"]]
        if "verificationCode" in fitted:
            code = self.codes.last if again else self.codes.next()
            fitted |= {"password": _PASSWORD, "verificationCode": code} | ({"email": _EMAIL} if "email" in fitted else {})
        return fitted

    def _remember(self, entry: Entry, answer: Any) -> None:
        """An id is what the path below the one that was posted to asks for: of a command that was sent, of a key that was made."""
        if not isinstance(answer, Mapping):
            return
        for name, value in answer.items():
            if name.endswith("Id") and isinstance(value, str | int):
                self.known.setdefault(name, str(value))
        if entry.route.method == "POST" and isinstance(answer.get("id"), str):
            for variable in self._below(entry.route.path):
                self.known.setdefault(variable, answer["id"])

    def _below(self, path: str) -> Iterator[str]:
        for other in self.routes.values():
            rest = other.route.path.removeprefix(f"{path}/")
            if rest.startswith("{") and rest.endswith("}") and "/" not in rest:
                yield rest[1:-1]

    def _need(self, name: str, body: Mapping[str, Any]) -> None:
        reply = self.good(name, body=body)
        if name not in self.done:
            raise NotSo(f"{name} answered {reply.status} {reply.content.decode(errors='replace')}")


class Codes:
    """The codes of an authenticator. Each is good once, so those of the steps around the current one are used up too."""

    def __init__(self, secret: str) -> None:
        self._seed = base64.b32decode(secret)
        self._step = 0
        self.last = "000000"

    def next(self) -> str:
        """A code that was not given out before and is good now, as long as there is one; else the last one again."""
        now = passwords.step_of(datetime.now(UTC))
        step = max(self._step + 1, now - passwords.DRIFT)
        if step <= now + passwords.DRIFT:
            self._step, self.last = step, passwords.code_at(self._seed, step)
        return self.last


def variables(entry: Entry) -> list[str]:
    """The variables of a route's path."""
    return [part[1:-1] for part in entry.route.path.split("/") if part.startswith("{")]
