"""Create, list and revoke access tokens. The text of a token is shown once; only a keyed hash of it is stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from fleet.access import EVERYWHERE
from fleet.errors import FleetError, NotFound, Problem
from fleet.identity.user import EMAIL
from fleet.tokens import manage_access_tokens
from fleet.tokens.access_token import LONGEST_EMAIL, LONGEST_NAME, MOST_DEVICES, AccessToken
from fleet.tokens.scopes import DEVICE_SCOPES, SCOPES
from muster.operator import organization, rules
from muster.operator.author import author

LONGEST_LIFE = 3650
"""Days."""
_ID = r"[0-9a-fA-F]{24}"


class NoToken(FleetError):
    """There is no access token of this id in the organization: list them with `muster token list`"""


@dataclass(frozen=True)
class TokenRequest:
    """The options of a new token. Without `days` it does not expire. `allow` are devices that the token of a device sees besides it."""

    organization: str
    name: str
    scopes: tuple[str, ...]
    owner_email: str | None = None
    device: str | None = None
    allow: tuple[str, ...] = ()
    days: int | None = None

    @property
    def others(self) -> tuple[str, ...]:
        """The other devices, each once."""
        ids = dict.fromkeys(map(str.lower, self.allow))
        return tuple(id for id in ids if self.device is None or id != self.device.lower())


@dataclass(frozen=True)
class TokenState:
    """A token. `organization_active` is False while its organization is disabled; `by` is who made it."""

    id: str
    organization: str
    name: str
    scopes: tuple[str, ...]
    owner_email: str | None
    device: str | None
    devices: tuple[str, ...]
    created: datetime
    expires: datetime | None
    expired: bool
    organization_active: bool
    by: str

    @classmethod
    def of(cls, stored: AccessToken, *more: str) -> Self:
        named = stored.id, stored.organization, stored.name, stored.scopes, stored.owner_email, stored.device, stored.devices
        life = stored.created, stored.expires, stored.expired(datetime.now(UTC))
        return cls(*named, *life, stored.organization_active, stored.by, *more)


@dataclass(frozen=True)
class CreatedToken(TokenState):
    """A new token; `token` is its text, which cannot be read again."""

    token: str


def create(request: TokenRequest) -> CreatedToken:
    """Create a token. Raises Invalid for options that break a rule, NoOrganization, and Disabled."""
    _check(request)
    owner = organization.find_active(request.organization)
    device = request.device.lower() if request.device else None
    _check_devices(owner.id, device, request.others)
    settings = {
        "name": request.name,
        "scopes": tuple(dict.fromkeys(request.scopes)),
        "owner_email": request.owner_email,
        "device": device,
        "devices": request.others,
    }
    made, text = manage_access_tokens.create(EVERYWHERE, owner.id, settings, request.days, author())
    return CreatedToken.of(made, text)


def list_all(slug_or_id: str) -> Sequence[TokenState]:
    """The tokens of an organization, oldest first."""
    found = manage_access_tokens.tokens_of(EVERYWHERE, organization.find(slug_or_id).id)
    return [TokenState.of(each) for each in sorted(found, key=lambda each: (each.created, each.id))]


def revoke(slug_or_id: str, id: str) -> TokenState:
    """Revoke a token, also one of a disabled organization; the answer is what it was. Raises NoOrganization and NoToken."""
    owner = organization.find(slug_or_id)
    try:
        return TokenState.of(manage_access_tokens.revoke(EVERYWHERE, owner.id, id.lower(), author()))
    except NotFound:
        raise NoToken from None


def _check(request: TokenRequest) -> None:
    email = request.owner_email
    rules.demand(
        rules.text("name", request.name, LONGEST_NAME),
        _scopes(request),
        rules.pattern("owner-email", email, EMAIL, "must be an email address"),
        rules.text("owner-email", email, LONGEST_EMAIL) if email is not None else None,
        *(rules.pattern("device", id, _ID, "must be the id of a device, 24 hex digits") for id in (request.device,)),
        *(rules.pattern("allow", id, _ID, "must be the id of a device, 24 hex digits") for id in request.allow),
        Problem(("allow",), "is for the token of a device: give --device") if request.allow and request.device is None else None,
        Problem(("allow",), f"may be given {MOST_DEVICES} times") if len(request.allow) > MOST_DEVICES else None,
        rules.number("days", request.days, 1, LONGEST_LIFE),
    )


def _scopes(request: TokenRequest) -> Problem | None:
    """The token of a device has scopes for devices, and no other token has: they would not limit it to any."""
    device = ", ".join(sorted(DEVICE_SCOPES))
    given = frozenset(request.scopes)
    if not given or not given <= set(SCOPES):
        return Problem(("scope",), f"must be given, out of {', '.join(SCOPES)}")
    if request.device is not None and not given <= DEVICE_SCOPES:
        return Problem(("scope",), f"must be one of {device} for the token of a device")
    if request.device is None and given & DEVICE_SCOPES:
        return Problem(("scope",), f"{device} are for the token of a device: give --device")
    return None


def _check_devices(owner: str, device: str | None, others: tuple[str, ...]) -> None:
    named = [*([device] if device else []), *others]
    unknown = manage_access_tokens.unknown_devices(EVERYWHERE, owner, named)
    message = "must be a device of the organization, and not retired: list them with `muster device list`"
    rules.demand(
        Problem(("device",), message) if device in unknown else None,
        Problem(("allow",), message) if set(others) & set(unknown) else None,
    )
