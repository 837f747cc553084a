"""What paths hold, and which stored objects they are about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, Field

from fleet.ids import from_uuid
from fleet.model.battery import Monitored
from fleet.model.command import Command
from fleet.model.configuration import Configured
from fleet.model.gateway import Gateway
from fleet.model.location import Location
from fleet.model.organization import Organization
from fleet.services import commands, configuration
from fleet.store.ask import Ask
from fleet.store.commands import Head
from fleet.store.gateways import Gateways
from fleet.store.locations import Locations
from fleet.store.organizations import Organizations
from wisdm.shapes.fields import SerialNumber, Uuid, WisdmShape


class OrganizationPath(WisdmShape):
    organization_id: Uuid


class LocationPath(WisdmShape):
    location_id: Uuid


class GatewayPath(WisdmShape):
    sn: SerialNumber


class CommandPath(GatewayPath):
    """`commandId` is decimal digits, with or without `cmd-` before them."""

    command_id: Annotated[str, Field(pattern=r"^(cmd-)?[1-9][0-9]{0,15}$"), AfterValidator(lambda text: text.removeprefix("cmd-"))]


def organization(path: OrganizationPath) -> Ask[Organization]:
    return Organizations.by_id(from_uuid(path.organization_id) or path.organization_id)


def location(path: LocationPath) -> Ask[Location]:
    return Locations.by_id(path.location_id)


def gateway(path: GatewayPath) -> Ask[Gateway]:
    return Gateways.by_sn(path.sn)


def configured(path: GatewayPath) -> Ask[Configured]:
    return configuration.configured(path.sn)


def monitored(path: GatewayPath) -> Ask[Monitored]:
    return configuration.monitored(path.sn)


def commanded(path: GatewayPath) -> Ask[tuple[Gateway, Head]]:
    return commands.addressed(path.sn)


def command(path: CommandPath) -> Ask[tuple[Gateway, Callable[[], Command]]]:
    return commands.answered(path.sn, int(path.command_id))
