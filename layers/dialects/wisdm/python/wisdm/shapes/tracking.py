"""How a gateway checks whether an Internet connection is up (wisdm.md 8.3)."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from wisdm.shapes.fields import Blank, WisdmShape
from wisdm.shapes.network import Printable, is_host_name

Target = Annotated[Printable, Field(min_length=1, max_length=100)]
Checks = Annotated[int, Field(ge=1, le=20)]


def _is_host(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        # A name of digits and dots alone would be a malformed address.
        return is_host_name(text) and not text.replace(".", "").isdigit()
    return True


def _is_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        return False
    plain = " " not in text and url.username is None and url.password is None
    return plain and url.scheme in ("http", "https") and url.hostname is not None and _is_host(url.hostname) and port != 0


class Tracking(WisdmShape):
    """Targets that are asked, how many of them must answer, and how often; intervals in seconds, checks in a row."""

    model_config = ConfigDict(validate_default=True)

    track_method: Annotated[Literal["ping", "http"], Blank()] = "ping"
    track_targets: Annotated[list[Target], Field(min_length=1, max_length=4)] = Field(default=["8.8.8.8"])
    reliability: Annotated[int, Field(ge=1)] = 1
    ping_count: Annotated[int, Field(ge=1, le=10)] = 1
    ping_interval: Annotated[int, Field(ge=1, le=3600)] = 5
    ping_timeout: Annotated[int, Field(ge=1, le=60)] = 2
    interface_down: Checks = 3
    interface_up: Checks = 3

    @field_validator("track_targets")
    @classmethod
    def _check_targets(cls, targets: list[str], of: ValidationInfo) -> list[str]:
        web = of.data.get("track_method") == "http"
        if not all(_is_host(target) or (web and _is_url(target)) for target in targets):
            raise ValueError("must be IPv4 addresses or host names" + (", or http or https URLs" if web else ""))
        return targets

    @field_validator("reliability")
    @classmethod
    def _check_reliability(cls, reliability: int, of: ValidationInfo) -> int:
        if "track_targets" in of.data and reliability > len(of.data["track_targets"]):
            raise ValueError("must be at most the number of trackTargets")
        return reliability
