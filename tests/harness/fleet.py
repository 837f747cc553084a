"""A fleet for tests: organizations, keys, locations and gateways, created through the stores."""

from __future__ import annotations

import base64
import itertools
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from fleet import ids
from fleet.access import EVERYWHERE
from fleet.aws import clients, queues
from fleet.aws.hashes import credential_hash
from fleet.aws.reads import fetch
from fleet.aws.writes import transact
from fleet.configuration import register
from fleet.configuration.configuration import Configuration
from fleet.configuration.configurations import Configurations
from fleet.identity.api_key import ApiKey
from fleet.identity.api_keys import ApiKeys, LastUses
from fleet.identity.identify_api_key import new_text
from fleet.marks import Mark
from fleet.registry.device import WisdmDevice
from fleet.registry.devices import Devices
from fleet.registry.gateway import Card, Factory
from fleet.registry.gateways import Gateways
from fleet.registry.location import Location
from fleet.registry.locations import Locations
from fleet.registry.lorawan import Frequency, Lorawan, Server
from fleet.registry.reports import KINDS
from fleet.tenancy.encryption import new_data_key
from fleet.tenancy.organization import Address, Organization
from fleet.tenancy.organizations import Organizations
from tests.harness.people import People, marked, secret_text

QUEUE: dict[Any, str] = {"FifoQueue": "true", "MaximumMessageSize": str(queues.LARGEST)}
"""The queue of a gateway, as far as it matters to messages."""
LORAWAN = {
    "work_mode": "Basics station",
    "server": Server(type="LNS", url="wss://lns.example", port=443, authentication="none"),
    "frequency": Frequency(region="EU868", variation="default", public=True, sub_band="G1"),
}
"""How the gateways of a location work, unless a test says otherwise."""
PERMISSIONS = (
    "WRITE_ADD_GATEWAY_TO_LOCATION",
    "WRITE_ADD_LOCATION_TO_ORGANIZATION",
    "WRITE_UPGRADE_FIRMWARE",
    "WRITE_EDIT_NETWORK_INTERFACE",
    "WRITE_REBOOT_GATEWAY",
    "WRITE_RESET_PASSWORD",
    "WRITE_ENABLE_BATTERY_MONITORING",
    "WRITE_EDIT_SYSTEM_SETTINGS",
)


@dataclass(frozen=True)
class Hardware:
    """A gateway's hardware: its factory record and its private keys."""

    factory: Factory
    signing: Ed25519PrivateKey
    sealing: X25519PrivateKey

    @property
    def sn(self) -> str:
        return self.factory.sn


class Fleet(People):
    """Creates objects for tests; names are unique unless a test passes them."""

    def __init__(self, first: int = 1) -> None:
        """Fleets with different first numbers can share tables."""
        super().__init__(itertools.count(first))

    def organization(self, **fields: Any) -> Organization:
        number, id = next(self._numbers), ids.new_id()
        address = Address(
            country="Finland", line="Quay 1", city="Turku", state="Varsinais-Suomi", zip="20100", latitude=60.44, longitude=22.24
        )
        created = Organization(
            **{
                "id": id,
                "name": f"Organization {number}",
                "slug": f"organization-{number}",
                "address": address,
                "data_key": new_data_key(fields.get("id", id)),
                **fields,
            }
        )
        Organizations.create(EVERYWHERE, created)
        return created

    def key(self, organization: Organization, **fields: Any) -> str:
        """Create a key, by default with all permissions; returns its text."""
        return self.api_key(organization, **fields)[1]

    def api_key(self, organization: Organization, **fields: Any) -> tuple[ApiKey, str]:
        """Create a key; returns it and its text. Until it expires it counts as used in this very hour, so that each call with it costs what
        most calls of a key do.
        """
        id, secret = new_text()[0], secret_text()
        now = datetime.now(UTC)
        permissions = PERMISSIONS if fields.get("access", "READ_WRITE") == "READ_WRITE" else ()
        created = ApiKey(
            **{
                "id": ids.to_uuid(ids.new_id()),
                "public_id": id,
                "organization": organization.id,
                "name": f"key {next(self._numbers)}",
                "secret_hash": credential_hash(secret),
                "access": "READ_WRITE",
                "permissions": permissions,
                "lifespan_days": 30,
                "created": now,
                "updated": now,
                "expires": now + timedelta(days=30),
                **fields,
            }
        )
        transact([*ApiKeys.create_writes(EVERYWHERE, created), *LastUses.use_writes(EVERYWHERE, created, created.expires)])
        return created, f"wdk_{id}_{secret}"

    def location(self, organization: Organization, **fields: Any) -> Location:
        settings = {name: fields.pop(name) for name in Lorawan.model_fields if name in fields}
        created = Location(
            **{
                "id": ids.to_uuid(ids.new_id()),
                "organization": organization.id,
                "name": f"Location {next(self._numbers)}",
                "wisdm": Lorawan(**{**LORAWAN, **settings}),
                **fields,
            }
        )
        transact(Locations.create_writes(EVERYWHERE, created))
        return created

    def hardware(self, **fields: Any) -> Hardware:
        """Provision a gateway, without an organization, and its queue."""
        number = next(self._numbers)
        signing, sealing = Ed25519PrivateKey.from_private_bytes(marked(32)), X25519PrivateKey.from_private_bytes(marked(32))
        sn = fields.get("sn", f"GW{number:06d}")
        queue = clients.sqs().create_queue(QueueName=f"muster-down-{sn}.fifo", Attributes=QUEUE)["QueueUrl"]
        created = Factory(
            **{
                "sn": sn,
                "eui": f"{number:016x}",
                "mac": f"AC:1F:09:00:00:{number % 256:02X}",
                "model": "RAK7268V2",
                "firmware": "2.2.20",
                "signing_key": _raw(signing.public_key()),
                "sealing_key": _raw(sealing.public_key()),
                "queue_url": queue,
                **fields,
            }
        )
        transact(Gateways.provision_writes(EVERYWHERE, created))
        return Hardware(created, signing, sealing)

    def gateway(
        self,
        organization: Organization,
        location: Location | None = None,
        hardware: Hardware | None = None,
        share_logs: str = "none",
        **fields: Any,
    ) -> Card:
        """Claim a gateway, which has reported nothing yet, for an organization and an optional location."""
        hardware = hardware or self.hardware()
        now, version = datetime.now(UTC), fields.pop("config_version", 1 if location else 0)
        device = register.new_gateway(hardware.factory, organization.id, now, version=0, **fields)
        device = device.in_location(location.id if location else None, version, now)
        transact(Devices.store_writes(EVERYWHERE, None, device))
        card = Card.of(device)
        if share_logs != "none":
            self.report_configuration(card, syslog={"shareLogs": share_logs})
        return card

    @staticmethod
    def change(sn: str, **fields: Any) -> None:
        """Change a gateway's device: its own fields, or those of its part for WisDM."""
        before = fetch(EVERYWHERE, Devices.by_id(fetch(EVERYWHERE, Gateways.by_sn(sn)).card.id))
        assert before.wisdm
        own = {name: fields.pop(name) for name in WisdmDevice.model_fields if name in fields}
        after = before.edited(datetime.now(UTC), wisdm=before.wisdm.changed(**own).model_dump(), **fields)
        transact(Devices.move_writes(EVERYWHERE, before, after))

    @staticmethod
    def report_configuration(card: Card, **sections: Any) -> None:
        """Store a gateway's first configuration report."""
        before = Configuration(sn=card.sn)
        after = before
        for name, value in sections.items():
            after = after.with_section(name, reported={"version": 0, "value": value, "boot": str(uuid.UUID(int=1)), "seq": 0, "sent": 0})
        transact(Configurations.store_writes(EVERYWHERE, card.organization, before, after))

    def report(self, card: Card, kind: str, value: Any, *, boot: str | None = None, seq: int = 1, at: datetime | None = None) -> None:
        """Store a report as the uplink worker does."""
        sent = int((at or datetime.now(UTC)).timestamp() * 1000)
        mark = Mark(boot or str(uuid.UUID(int=1)), seq, sent, sent)
        Gateways.report(EVERYWHERE, card, KINDS[kind](mark, **value))

    def online(self, card: Card) -> None:
        """Report that the gateway has applied its configuration, just now."""
        self.report(card, "hello", {"applied": card.config_version, "firmware": card.firmware})

    def offline(self, card: Card) -> None:
        """Report that the gateway has applied its configuration and then disconnected."""
        self.online(card)
        self.report(card, "presence", {"connected": False}, seq=2)

    @staticmethod
    def with_factory(hardware: Hardware, **fields: Any) -> Hardware:
        return replace(hardware, factory=hardware.factory.changed(**fields))


def _raw(public: Any) -> str:
    return base64.b64encode(public.public_bytes_raw()).decode()
