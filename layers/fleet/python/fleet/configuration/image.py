"""The firmware catalogue: what may be installed on which model."""

from __future__ import annotations

from datetime import datetime

from fleet.values import Value

VERSION = r"^(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})\.(0|[1-9][0-9]{0,2})$"
"""Three dotted numbers (wisdm.md 7.4)."""
NO_WAY_BACK = (2, 2, 0)
"""From here on a gateway cannot go to an older firmware without somebody beside it (wisdm.md 7.4)."""


class Firmware(Value):
    """An image for a model: its key in the files bucket, its size in bytes, and its SHA-256 in hex."""

    model: str
    version: str
    key: str
    size: int
    sha256: str
    added: datetime

    @staticmethod
    def stored_at(model: str, version: str) -> str:
        return f"firmware/{model}/{version}"


def numbers(version: str) -> tuple[int, ...]:
    """A version as numbers that compare as versions do."""
    return tuple(int(part) for part in version.split("."))


def can_follow(version: str, installed: str | None) -> bool:
    """Whether a gateway with this firmware, if that is known, can take another from afar."""
    return installed is None or numbers(installed) < NO_WAY_BACK or numbers(version) >= NO_WAY_BACK
