"""Reports of gateways on their radio and on orders (device-plane.md 3)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from fleet.commands.command import OrderKind
from fleet.plane.status import Count, Firmware, Note, Reported, Uuid, parsed
from fleet.shown import Shown
from fleet.telemetry.sample import Sample

_ALIGNED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d0:00(\.0{1,6})?(Z|\+00:00)", re.ASCII)


def _bucket(text: Any) -> datetime:
    if isinstance(text, str) and _ALIGNED.fullmatch(text):
        return datetime.fromisoformat(text).astimezone(UTC)
    raise ValueError("must be a time in UTC, at whole ten minutes")


Decibels = Annotated[float, Field(ge=-1000, le=1000)]


class PerformanceSample(Reported):
    """Ten minutes: means of the packets heard, absent where there were none, and packets either way."""

    bucket: Annotated[datetime, BeforeValidator(_bucket)]
    rssi: Decibels | None = Field(default=None, alias="rssiAvg")
    snr: Decibels | None = Field(default=None, alias="snrAvg")
    uplink: Count
    downlink: Count

    def sample(self) -> Sample:
        return Sample(self.bucket, self.rssi, self.snr, self.uplink, self.downlink)


class Performance(Reported):
    """Up to a day of samples. Each is judged by itself."""

    samples: Annotated[list[Annotated[Any, Shown(PerformanceSample)]], Field(min_length=1, max_length=144)]

    def judge(self) -> tuple[Sequence[PerformanceSample], Sequence[Any]]:
        """The samples, and what breaks their rules."""
        read = [(sent, parsed(PerformanceSample, sent)) for sent in self.samples]
        return [sample for _, sample in read if sample], [sent for sent, sample in read if sample is None]


class ActionResult(Reported):
    """How an order ended; `firmware` is what the gateway runs now."""

    id: Uuid = Field(alias="actionId")
    action: OrderKind
    ok: bool
    message: Note = ""
    firmware: Firmware | None = None
