"""A device of the fleet: one aggregate, whichever API names it, with what each API keeps of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from pydantic import field_validator

from fleet.registry.group import unassigned
from fleet.values import Entity, Value

Kind = Literal["gateway", "sensor", "device"]
Installation = Literal["new", "installed", "uninstalled", "quarantine", "retired"]
DeviceClass = Literal["standalone", "gateway", "peripheral", "floating", "edgeCompute", "system", "embedded"]
DataType = Literal["string", "number", "gps", "boolean", "blob"]
RESTORABLE = timedelta(days=93)
"""How long a deleted device can be restored. Then it is purged: deleted for good."""
_CLASSES: Mapping[Kind, DeviceClass] = {"gateway": "gateway", "sensor": "floating", "device": "standalone"}
"""The class of a device that was given none, by its kind."""


class WisdmDevice(Value):
    """What the WisDM API alone says of a gateway.

    `location` decides its LoRaWAN server. `config_version` counts the configurations that its locations gave it. `local_suite`: it
    has server credentials from the factory; `sealed` holds those that it was registered with, encrypted.
    """

    location: str | None = None
    config_version: int = 0
    local_suite: bool = False
    sealed: str | None = None


class ThingseeDevice(Value):
    """What the Thingsee API alone says of a thing: its installation status, and when that was last set to `installed`."""

    status: Installation = "new"
    installed: datetime | None = None


class WegnologyDevice(Value):
    """What the WEGnology API alone says of a device.

    `gateway` is the id of the device that speaks for it. `system_interval` is in seconds; None and `keep_duplicates` None: not set.
    `edge_agent` is the version that an edge device reported.
    """

    gateway: str | None = None
    system_interval: int | None = None
    keep_duplicates: bool | None = None
    edge_agent: str | None = None


class Tag(Value):
    """A tag. A device may have several of one key."""

    key: str
    value: str


class Attribute(Value):
    """Something that a device reports, by a name that is unique in the device. Empty texts are not set.

    `tags` are the attribute's own. `system` says how a system computes it from its children, as the API that set it writes it.
    """

    name: str
    data_type: DataType
    content_type: str = ""
    description: str = ""
    tags: Mapping[str, str] = {}
    system: Mapping[str, Any] | None = None


class Device(Entity):
    """A device and its names.

    `serial_number` is its name in the device plane and in WisDM, `tuid` in Thingsee, `key` the secret name that an OpenWISP agent
    shows. `group` is the id of the group that it is in, `place` the location that the map shows it in: another fact than the
    location in `wisdm`. `firmware` and `channels` are those of the factory. `parent` is the system that it is a part of, `ancestors` are
    all systems above it: the outermost first, its parent last. `deleted`: no API shows it, but its names stay taken and it can be
    restored, unless it is `purging`: since then it is being deleted for good. `restored`: when it was, the last time.
    """

    kind: Kind
    name: str
    serial_number: str | None = None
    tuid: str | None = None
    key: str | None = None
    eui: str | None = None
    mac: str | None = None
    model: str | None = None
    os: str | None = None
    firmware: str | None = None
    channels: int = 8
    management_address: str | None = None
    device_class: DeviceClass | None = None
    parent: str | None = None
    ancestors: tuple[str, ...] = ()
    group: str | None = None
    place: str | None = None
    tags: tuple[Tag, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    notes: str = ""
    created: datetime
    modified: datetime
    deleted: datetime | None = None
    restored: datetime | None = None
    purging: datetime | None = None
    wisdm: WisdmDevice | None = None
    thingsee: ThingseeDevice | None = None
    wegnology: WegnologyDevice | None = None

    @field_validator("attributes", mode="before")
    @classmethod
    def _none_as_object(cls, given: Any) -> Any:
        """Devices that were stored before attributes had types have an empty object here."""
        return given or ()

    @property
    def shown_class(self) -> DeviceClass:
        """Its class; where nobody gave it one, that of its kind."""
        return self.device_class or _CLASSES[self.kind]

    @property
    def location(self) -> str | None:
        """The location that decides a gateway's LoRaWAN server."""
        return self.wisdm.location if self.wisdm else None

    @property
    def config_version(self) -> int:
        """How many configurations a gateway's locations gave it."""
        return self.wisdm.config_version if self.wisdm else 0

    @property
    def shown_group(self) -> str:
        """The id of its group, or that of the group of those that are in none."""
        return self.group or unassigned(self.organization)

    def edited(self, now: datetime, **fields: Any) -> Self:
        """The next version, with these fields changed."""
        return self.next(modified=now, **fields)

    def in_location(self, location: str | None, config_version: int, now: datetime, **fields: Any) -> Self:
        """The next version, with the location that gave it this configuration. The map shows it there as long as nobody moved it on it."""
        before = self.wisdm or WisdmDevice()
        place = location if self.place == before.location else self.place
        wisdm = before.changed(location=location, config_version=config_version, **fields)
        return self.edited(now, place=place, wisdm=wisdm)

    def installing(self, status: Installation, now: datetime) -> Self:
        """The next version, with this installation status."""
        before = self.thingsee or ThingseeDevice()
        return self.edited(now, thingsee={"status": status, "installed": now if status == "installed" else before.installed})

    @property
    def purged_from(self) -> datetime | None:
        """When a deleted device can be restored no longer; None: it is not deleted."""
        return None if self.deleted is None else self.deleted + RESTORABLE

    def restorable(self, now: datetime) -> bool:
        """Whether it is deleted and can be restored, whether or not what is due to be purged has been purged."""
        return self.purged_from is not None and now < self.purged_from and self.purging is None

    def back(self, now: datetime, **fields: Any) -> Self:
        """The next version, deleted no more."""
        return self.edited(now, deleted=None, restored=now, **fields)

    @property
    def in_service(self) -> str | None:
        """Why it must not be deleted, or None: what is in service is taken out of it first."""
        if self.location is not None:
            return "The gateway is in a location: take it out of there first"
        if self.thingsee is not None and self.thingsee.status == "installed":
            return "The thing is installed: set another installation status first"
        return None
