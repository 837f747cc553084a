"""Things for tests: a gateway with keys, sensors behind it, and a client of the Thingsee API."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from fleet.access import EVERYWHERE, Reach
from fleet.alerts import alert as alerts
from fleet.alerts import install as alerts_install
from fleet.alerts.fold import fold
from fleet.alerts.states import States
from fleet.aws.hashes import credential_hash
from fleet.aws.reads import fetch, fetch_with, owned
from fleet.aws.writes import transact
from fleet.identity import identify_client
from fleet.identity.client import Client
from fleet.identity.clients import Clients
from fleet.lifecycle import provision
from fleet.registry import edit_device
from fleet.registry.device import Installation
from fleet.registry.gateway import Card
from fleet.registry.gateways import Gateways
from fleet.registry.groups import Groups
from fleet.registry.location import Location
from fleet.registry.thing import Thing
from fleet.registry.things import Things
from fleet.tenancy.organization import Organization
from tests.harness.canary import MARK
from tests.harness.fleet import Fleet, Hardware

_numbers = itertools.count(1)
LOST, MISSED = "gateway connection lost", "heartbeat missed"
"""The Thingsee API's names of alert types."""
SECRET = f"{MARK}-7"
"""The secret of every client."""


@dataclass
class ThingseeWorld:
    """An organization with a client of the Thingsee API; tests add things."""

    fleet: Fleet
    organization: Organization
    client: Client
    hardware: dict[str, Hardware] = field(default_factory=dict)

    @classmethod
    def of(cls, fleet: Fleet, organization: Organization | None = None, **fields: Any) -> ThingseeWorld:
        """Create a client, for a new organization unless one is passed."""
        organization = organization or fleet.organization()
        values = {"id": f"field-app-{next(_numbers)}", "organization": organization.id, "created": datetime.now(UTC)}
        client = Client(**{**values, "secret_hash": credential_hash(SECRET), **fields})
        transact(Clients.store_writes(EVERYWHERE, client))
        return cls(fleet, organization, client)

    def change(self, **fields: Any) -> None:
        """Change the client, as an operator does."""
        self.client = self.client.next(**fields)
        transact(Clients.store_writes(EVERYWHERE, self.client))

    @property
    def token(self) -> str:
        return identify_client.token_of(self.client)

    @property
    def bearer(self) -> dict[str, str]:
        """The request header with a fresh token."""
        return {"Authorization": f"Bearer {self.token}"}

    def gateway(
        self, tuid: str | None = None, sn: str | None = None, status: Installation = "new", location: Location | None = None
    ) -> str:
        """Provision a gateway, whose serial number is its TUID unless `sn` names one; returns its TUID."""
        tuid = tuid or f"TSGW02A1B2C3D{next(_numbers):04d}"
        self.hardware[tuid] = hardware = self.fleet.hardware(sn=sn or tuid)
        card = self.fleet.gateway(self.organization, location, hardware)
        return self._thing(tuid, status, card)

    def sensor(self, tuid: str | None = None, status: Installation = "new") -> str:
        """Provision a sensor; returns its TUID."""
        return self._thing(tuid or f"TSPD04A1B2C3D{next(_numbers):04d}", status, None)

    def _thing(self, tuid: str, status: Installation, card: Card | None) -> str:
        now = datetime.now(UTC)
        if card is None:
            provision.create_sensor(EVERYWHERE, self.organization.id, tuid, now)
        else:
            provision.give_tuid(EVERYWHERE, fetch(EVERYWHERE, Gateways.by_sn(card.sn)), tuid, now)
        if status != "new":
            self.install(tuid, status)
        return tuid

    def thing(self, tuid: str) -> Thing:
        return fetch(EVERYWHERE, Things.by_tuid(tuid))

    def heard(self, tuid: str, gateway: str, at: datetime | None = None) -> None:
        """Record that this gateway relayed the thing's newest message."""
        thing, before = fetch(EVERYWHERE, alerts_install.with_state(tuid))
        now = (at or datetime.now(UTC)).timestamp()
        relay = {"tuid": gateway, "sn": self.thing(gateway).sn}
        after = before.with_reading("relay", now, 1, relay).changed(
            heard=int(now * 1000), newest=now, released=True, version=before.version + 1
        )
        transact(States.store_writes(EVERYWHERE, thing, after))

    def lose(self, tuid: str, at: datetime | None = None) -> None:
        """Start the alert that a gateway's connection is lost."""
        now = (at or datetime.now(UTC)).timestamp()
        fold(EVERYWHERE, tuid, lambda tracker: tracker.alert(alerts.LOST, now, now))

    def install(self, tuid: str, status: Installation, at: datetime | None = None) -> None:
        """Set a thing's installation status."""
        alerts_install.install(EVERYWHERE, self.thing(tuid), status, self.client.id, at or datetime.now(UTC))

    def move(self, tuid: str, name: str) -> None:
        """Put a thing into the group of this name."""
        own, read = Reach.of(self.organization.id), Groups.deployment(name)
        thing, found = fetch_with(own, Things.by_tuid(tuid), owned(read.keys, own.only))
        edit_device.move_to_group(own, thing.id, read.parse(own, found), datetime.now(UTC))
