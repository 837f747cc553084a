"""The identities of simulated gateways: serial number, private keys and queue URLs, in a file that only its owner can read."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fleet.errors import FleetError
from muster.home import HOME
from muster.operator.environment import write_private
from muster.operator.gateway import ProvisionedGateway

STORE = HOME / "gateways.json"


class NoKeys(FleetError):
    """No keys are kept for this gateway: provision it with `muster gateway provision … --keep-keys FILE`, and name the file with --keys"""


class Unusable(FleetError):
    """The file with the keys cannot be used"""


@dataclass(frozen=True)
class Identity:
    """A gateway's factory identity. Keys are base64 of 32 raw bytes.

    `things` are the TUIDs of the sensors behind a Thingsee gateway, whose serial number is its own TUID; None for another gateway.
    `silent` are those that send nothing at first.
    """

    sn: str
    eui: str
    mac: str
    model: str
    firmware: str
    channels: int
    signing_key: str
    sealing_key: str
    queue_url: str
    uplink_url: str
    cloud_key: str
    things: Sequence[str] | None = None
    silent: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, result: ProvisionedGateway) -> Identity:
        """The identity in a provisioning result. Raises NoKeys when the private keys were generated elsewhere."""
        if result.private_signing_key is None or result.private_sealing_key is None:
            raise NoKeys("The private keys were generated elsewhere, so there is nothing to keep: leave --keep-keys out")
        return cls(
            sn=result.sn,
            eui=result.eui,
            mac=result.mac,
            model=result.model,
            firmware=result.firmware or "2.2.15",
            channels=result.channels,
            signing_key=result.private_signing_key,
            sealing_key=result.private_sealing_key,
            queue_url=result.queue_url,
            uplink_url=result.uplink_url,
            cloud_key=result.cloud_key,
        )


def save(identities: Iterable[Identity], path: Path = STORE) -> None:
    """Add gateways to the file, replacing those with the same serial number; without any, prove that this will work.

    Raises Unusable when the file has something else, or cannot be written.
    """
    by_sn = {identity.sn: identity for identity in (*_read(path), *identities)}
    try:
        write_private(path, json.dumps([dataclasses.asdict(identity) for identity in by_sn.values()], indent=2))
    except OSError as error:
        raise Unusable(f"{path} cannot be written ({error.strerror}): name another file") from None


def load(path: Path = STORE, serial_numbers: Sequence[str] = ()) -> list[Identity]:
    """The gateways of the file: all, or those named. Raises NoKeys when a named one, or any at all, is missing."""
    identities = {identity.sn: identity for identity in _read(path)}
    wanted = [sn.upper() for sn in serial_numbers] or list(identities)
    if not wanted or not identities.keys() >= set(wanted):
        raise NoKeys
    return [identities[sn] for sn in dict.fromkeys(wanted)]


def _read(path: Path) -> list[Identity]:
    try:
        return [Identity(**fields) for fields in json.loads(path.read_text())] if path.exists() else []
    except (OSError, ValueError, TypeError):
        raise Unusable(f"{path} is not a file of gateways' keys: name another, or one that does not exist yet") from None
