"""Provisions devices: gateways with their factory records, sensors, and gateways that get a TUID."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from fleet.access import Reach
from fleet.alerts import track
from fleet.aws.retrying import retrying
from fleet.aws.writes import Refused, Write, transact
from fleet.configuration.configuration import Configuration
from fleet.configuration.configurations import Configurations
from fleet.errors import Conflict, FleetError, TooMany
from fleet.grants import uses
from fleet.ids import new_id
from fleet.registry import projections
from fleet.registry.device import Device
from fleet.registry.devices import CHANGED, Devices
from fleet.registry.edit_device import conflict, of_card
from fleet.registry.gateway import Factory, Gateway
from fleet.registry.gateways import CLAIMED, EUI_TAKEN, Gateways
from fleet.registry.projections import TUID_TAKEN
from fleet.registry.thing import InstallationEntry, Thing
from fleet.registry.things import Things
from fleet.tenancy.audit import Audit
from fleet.tenancy.audit_entry import Author
from fleet.tenancy.organizations import STANDING, Disabled, Organizations

FACTORY = "factory"
"""The responsible party of a thing's first installation status (thingsee.md 5.1)."""
ShareLogs = Literal["none", "external", "wisdm", "externalAndWisdm"]


@uses(Things.entry_writes)
def _first_entry_writes(reach: Reach, device: Device, now: datetime) -> list[Write]:
    """The writes of a thing's first installation entry; none for a device without a TUID."""
    if device.tuid is None:
        return []
    return Things.entry_writes(reach, device, InstallationEntry(tuid=device.tuid, status="new", at=now, responsible=FACTORY))


@uses(Organizations.standing_checks, Devices.store_writes, _first_entry_writes)
@projections.writes_any
def _new_writes(reach: Reach, device: Device, now: datetime) -> list[Write]:
    """The writes of a new device. They fail with STANDING when its organization is disabled or deleted."""
    checks = Organizations.standing_checks(reach, device.organization)
    return [*checks, *Devices.store_writes(reach, None, device), *_first_entry_writes(reach, device, now)]


def _refusal(refused: Refused) -> FleetError:
    """Why a new device could not be stored, by the conditions that failed."""
    return Disabled() if STANDING in refused.failed else conflict(refused)


@uses(Gateways.provision_writes, Configurations.store_writes, _new_writes)
def provision_gateway(reach: Reach, factory: Factory, device: Device | None, now: datetime, share_logs: ShareLogs = "none") -> None:
    """Store the factory record of a gateway and, if an organization claims it, the device that it becomes; both or nothing.

    `share_logs` is where its log files go from the start. Conflict when the serial number, the EUI or the TUID is taken, or
    the organization is disabled.
    """
    claim: Sequence[Write] = ()
    if device is not None:
        claim = [*_new_writes(reach, device, now), *_log_writes(reach, device, factory.sn, share_logs)]
    try:
        transact([*Gateways.provision_writes(reach, factory), *claim])
    except Refused as refused:
        if refused.failed & {STANDING, TUID_TAKEN}:
            raise _refusal(refused) from None
        taken = "EUI" if refused.failed == {EUI_TAKEN} else "serial number"
        raise Conflict(f"Another gateway has this {taken}: check what is printed on the device") from None


@uses(Gateways.change_writes, Audit.entry_writes)
def rekey(reach: Reach, factory: Factory, signing_key: str, sealing_key: str, by: Author) -> Factory:
    """Give a gateway other public keys: from the next message on, what its old keys signed is refused. Stale when the record has changed.

    A password that is on its way to the gateway is encrypted for the old key, so that this order fails.
    """
    after, entry = factory.changed(signing_key=signing_key, sealing_key=sealing_key), by.entry("gateway.rekeyed", gateway=factory.sn)
    transact([*Gateways.change_writes(reach, factory, after), *Audit.entry_writes(reach, entry)])
    return after


@uses(Gateways.change_writes, Audit.entry_writes)
def set_blocked(reach: Reach, factory: Factory, blocked: bool, by: Author) -> Factory:
    """Block a gateway, so that its messages are refused from the next one on and it is sent nothing, or unblock it. Stale when the
    record has changed. Nothing changes when it is so already.
    """
    if factory.blocked is blocked:
        return factory
    after = factory.changed(blocked=blocked)
    entry = by.entry("gateway.blocked" if blocked else "gateway.unblocked", gateway=factory.sn)
    transact([*Gateways.change_writes(reach, factory, after), *Audit.entry_writes(reach, entry)])
    return after


@uses(Gateways.withdraw_writes, Audit.entry_writes)
def withdraw(reach: Reach, factory: Factory, by: Author) -> None:
    """Delete the factory record of a gateway that was never an organization's: its serial number and its EUI are free.

    Conflict when an organization has claimed the gateway, or a former owner configured it: the device still knows the versions that
    its record counts. Stale when the record has changed meanwhile.
    """
    if factory.last_version:
        raise Conflict("An organization has configured the gateway before: its factory record counts the versions that the device knows")
    try:
        transact(
            [*Gateways.withdraw_writes(reach, factory), *Audit.entry_writes(reach, by.entry("gateway.unprovisioned", gateway=factory.sn))]
        )
    except Refused as refused:
        if CLAIMED in refused.failed:
            raise Conflict("An organization has claimed the gateway: delete its device first") from None
        raise


def _log_writes(reach: Reach, device: Device, sn: str, share_logs: ShareLogs) -> list[Write]:
    """The writes of the first desired log settings; the gateway receives them after its first report."""
    if share_logs == "none":
        return []
    before = Configuration(sn=sn)
    after = before.with_desired("syslog", {**before.syslog, "shareLogs": share_logs})
    return Configurations.store_writes(reach, device.organization, before, after)


@uses(_new_writes)
def create_sensor(reach: Reach, organization: str, tuid: str, now: datetime) -> Device:
    """Store a new sensor, called like its TUID, with status `new` and in no group. Conflict when the TUID is taken, or the organization is
    disabled.
    """
    names: Any = {"kind": "sensor", "name": tuid, "tuid": tuid, "thingsee": {}}
    device = Device(id=new_id(), organization=organization, created=now, modified=now, **names)
    try:
        transact(_new_writes(reach, device, now))
    except Refused as refused:
        raise _refusal(refused) from None
    return device


@uses(Gateways.by_sn, of_card, Devices.store_writes, _first_entry_writes, track.initial_writes)
@projections.writes_any
def give_tuid(reach: Reach, gateway: Gateway, tuid: str, now: datetime) -> Device:
    """Give a gateway a TUID: from then on it is a thing too. Its last connection state holds for the thing.

    Conflict when it has another TUID, or another device has this one.
    """

    def store(gateway: Gateway) -> Device:
        before = of_card(reach, gateway.card)
        if before.tuid is not None:
            raise Conflict(f"The gateway has another TUID already, {before.tuid}")
        after = before.edited(now, tuid=tuid, thingsee={})
        first = [*_first_entry_writes(reach, after, now), *track.initial_writes(reach, Thing.of(after), gateway)]
        transact([*Devices.store_writes(reach, before, after), *first])
        return after

    busy = TooMany("The gateway is being changed too much at once")
    try:
        return retrying(reach, Gateways.by_sn(gateway.card.sn), store, first=gateway, on={CHANGED}, busy=busy)
    except Refused as refused:
        raise conflict(refused) from None
