"""A gateway as the operator sees it: identity, state and configuration, without secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws.reads import fetch
from fleet.configuration import desire
from fleet.configuration.configuration import LOCATION, Configuration, Section, with_secrets
from fleet.errors import NotFound
from fleet.registry.gateways import Gateways
from muster.operator import device, organization


@dataclass(frozen=True)
class GatewayView:
    """A gateway; the slug and `organization_active` are its organization's. `blocked`: what it sends is refused, and it is sent nothing.

    `sections` has, by name, the desired and reported values with their versions, and the last error.
    """

    sn: str
    organization: str
    slug: str
    organization_active: bool
    location: str | None
    name: str
    model: str
    firmware: str | None
    status: str
    blocked: bool
    config_version: int
    applied_version: int
    battery_monitored: bool
    sections: Mapping[str, Mapping[str, Any]]


def find(sn: str) -> GatewayView:
    """The gateway with this serial number. Raises NoDevice, Unclaimed and Retired."""
    try:
        known = fetch(EVERYWHERE, desire.configured(sn.upper()))
    except NotFound:
        if device.find({"sn": sn}).deleted is not None:
            raise device.Retired(f"The gateway is retired: bring it back with `muster device restore --sn {sn.upper()}` first") from None
        raise
    gateway, card = known.gateway, known.gateway.card
    owner = organization.find(card.organization)
    factory, _ = fetch(EVERYWHERE, Gateways.identity(card.sn))
    return GatewayView(
        sn=card.sn,
        organization=owner.id,
        slug=owner.slug,
        organization_active=owner.active,
        location=card.location,
        name=card.name,
        model=card.model,
        firmware=gateway.firmware,
        status=gateway.status(datetime.now(UTC)),
        blocked=factory is not None and factory.blocked,
        config_version=card.config_version,
        applied_version=gateway.reports.applied,
        battery_monitored=known.configuration.monitored,
        sections=_sections(known.configuration),
    )


def _sections(of: Configuration) -> Mapping[str, Mapping[str, Any]]:
    return {name: _section(name, section) for name, section in sorted(of.sections.items())}


def _section(name: str, section: Section) -> Mapping[str, Any]:
    document: dict[str, Any] = {}
    if section.desired is not None:
        document["desired"] = {"version": section.desired.version, "value": _plain(name, section.desired.value)}
    if section.reported is not None:
        document["reported"] = {"version": section.reported.version}
        if name != LOCATION:
            document["reported"]["value"] = _plain(name, section.reported.value)
        if section.reported.error is not None:
            document["reported"]["error"] = section.reported.error
    if section.push is not None and section.push.queued_at is not None:
        document["sent"] = {
            "version": int(section.push.id),
            "at": f"{datetime.fromtimestamp(section.push.queued_at / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}",
        }
    return document


def _plain(name: str, value: Any) -> Any:
    return with_secrets(name, value, lambda secret: "(secret)")


def in_words(view: GatewayView) -> str:
    """The gateway as lines of text."""
    owner = view.slug + ("" if view.organization_active else " (disabled)")
    lines = [
        f"Gateway {view.sn} ({view.model}), {view.name}, {view.status}{', blocked' if view.blocked else ''}",
        f"  organization {owner}, location {view.location or '(none)'}, firmware {view.firmware or '(unknown)'}",
        f"  runs on configuration {view.applied_version}, its location's is {view.config_version}",
    ]
    for name, section in view.sections.items():
        lines.append(f"  {name}")
        lines += [f"    {part:9} {json.dumps(value)}" for part, value in section.items()]
    return "\n".join(lines)
