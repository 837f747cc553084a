"""Devices and access tokens for tests of the WEGnology API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from edge.entry import Entry
from fleet.access import EVERYWHERE, Reach
from fleet.aws.reads import fetch
from fleet.edits import create_device
from fleet.registry.device import Device
from fleet.registry.devices import Devices
from fleet.tenancy.audit_entry import Author
from fleet.tenancy.organization import Organization
from fleet.tokens import manage_access_tokens
from fleet.tokens.access_token import AccessToken
from tests.harness.call import Response, call
from tests.harness.canary import watch_secrets_in
from tests.harness.fleet import Fleet

_OPERATOR = "arn:aws:iam::123456789012:user/ada"


@dataclass(frozen=True)
class WegnologyWorld:
    """An application with a token that may do everything; tests add devices and further tokens."""

    fleet: Fleet
    organization: Organization
    token: str

    @classmethod
    def of(cls, fleet: Fleet, organization: Organization | None = None) -> WegnologyWorld:
        """Create a token, for a new organization unless one is passed."""
        owner = organization or fleet.organization()
        return cls(fleet, owner, new_token(owner)[1])

    def bearer(self, token: str | None = None) -> dict[str, str]:
        """The headers of a call with the token that may do everything, or with this one."""
        return {"Authorization": f"Bearer {token or self.token}"}

    def ask(self, entry: Entry, body: Any = None, *, of: str | None = None, token: str | None = None, **more: Any) -> Response:
        """Call a route of this application, or of the one that the path names (`of`)."""
        headers = {**self.bearer(token), **more.pop("headers", {})}
        return call(entry, {"applicationId": of or self.organization.id}, body=body, headers=headers, **more)

    def token_of(self, *scopes: str, days: int | None = None, **settings: Any) -> str:
        """The text of a further token with these scopes."""
        return new_token(self.organization, *scopes, days=days, **settings)[1]

    def device(self, name: str = "Pump 7", **fields: Any) -> Device:
        """Create a device of these fields of the core."""
        return create_device.create(Reach.of(self.organization.id), self.organization.id, {"name": name, **fields}, datetime.now(UTC))

    def stored(self, answer: Mapping[str, Any]) -> Device:
        """The device that an answer shows, as it is stored."""
        return fetch(EVERYWHERE, Devices.even_deleted(answer["id"]))


def stored(device: Device) -> Device:
    """A device as it is stored, even if it is deleted."""
    return fetch(EVERYWHERE, Devices.even_deleted(device.id))


def new_token(owner: Organization, *scopes: str, days: int | None = None, name: str = "all", **settings: Any) -> tuple[AccessToken, str]:
    """A token of an organization and its text, by default with all scopes of an application."""
    by = Author(actor=_OPERATOR, at=datetime.now(UTC))
    given = {"name": name, "scopes": scopes or ("all.Application",), **settings}
    token, text = manage_access_tokens.create(EVERYWHERE, owner.id, given, days, by)
    watch_secrets_in(text)
    return token, text
