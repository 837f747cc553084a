"""Radio performance of a gateway over time (wisdm.md 5.2)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo

from edge.shape import broken
from fleet.access import Reach
from fleet.aws.reads import Read, both, of_reach
from fleet.aws.tokens import make_paging_token, read_paging_token
from fleet.grants import uses
from fleet.registry.gateway import Card
from fleet.registry.gateways import Gateways
from fleet.telemetry.perf import Metric
from wisdm.shapes.fields import Timestamp, WisdmQuery, WisdmShape, format_time
from wisdm.shapes.paths import GatewayPath

PAGE = 100
"""Points of a page."""
TOKEN_LIFE = 3600
"""Seconds for which the token of a page is valid."""
_SHORTEST, _LONGEST = 10, 30 * 24 * 60
_MINUTES = {"m": 1, "h": 60, "d": 24 * 60, "w": 7 * 24 * 60}
_INTERVAL = re.compile(r"([1-9][0-9]{0,4})([mhdw])", re.ASCII)


def _to_minutes(interval: str) -> int:
    found = _INTERVAL.fullmatch(interval)
    return int(found[1]) * _MINUTES[found[2]] if found else 0


def _check_interval(text: str) -> str:
    if not _SHORTEST <= _to_minutes(text) <= _LONGEST:
        raise ValueError("must be a number and m, h, d or w, from 10 minutes to 30 days")
    return text


def _check_token(text: str | None, of: ValidationInfo) -> str | None:
    if text is None and of.data.get("next_token") is not None:
        raise broken("clientToken", "is required with nextToken")
    if text is not None and not (text.isascii() and text.isprintable()):
        raise ValueError("must be printable ASCII")
    return text


class PerformancePath(GatewayPath):
    metric: Metric


class PerformanceQuery(WisdmQuery):
    model_config = ConfigDict(json_schema_extra={"examples": [{"interval": "12h"}]})

    interval: Annotated[str, AfterValidator(_check_interval)] = "24h"
    next_token: str | None = None
    client_token: Annotated[str | None, Field(min_length=1, max_length=64, validate_default=True), AfterValidator(_check_token)] = None

    @property
    def minutes(self) -> int:
        return _to_minutes(self.interval)

    def span(self, bound_to: str) -> tuple[datetime, datetime]:
        """Where the page begins, and where the whole span ends. Invalid: a token of another query, altered or expired."""
        if self.next_token is None:
            now = datetime.now(UTC)
            end = now.replace(microsecond=0) + timedelta(seconds=1 if now.microsecond else 0)
            return end - timedelta(minutes=self.minutes), end
        content = read_paging_token(bound_to, self.next_token)
        return datetime.fromtimestamp(content["since"], UTC), datetime.fromtimestamp(content["end"], UTC)


@dataclass(frozen=True)
class Window:
    """The part of a query's time span that no page has covered yet, in whole seconds. The first request fixes its end."""

    card: Card
    since: datetime
    end: datetime
    client_token: str
    bound_to: str

    @property
    def place(self) -> str | None:
        return self.card.location

    def next(self, since: datetime) -> str:
        """The token of the page that begins at this time."""
        return make_paging_token(self.bound_to, {"since": int(since.timestamp()), "end": int(self.end.timestamp())}, TOKEN_LIFE)


@uses(Gateways.by_sn)
def window(path: PerformancePath, query: PerformanceQuery) -> Read[Window]:
    """The gateway, and the window of time that the request is about.

    Checking a token needs nothing that is stored, so an invalid one is refused before the gateway is checked (wisdm.md 2.2).
    """
    client = query.client_token or secrets.token_hex(8)

    def begin(reach: Reach) -> tuple[datetime, datetime, str, str]:
        bound_to = f"get_gateway_performance/{reach.only}/{path.sn}/{path.metric}/{query.minutes}/{client}"
        return *query.span(bound_to), client, bound_to

    return both(of_reach(begin), Gateways.by_sn(path.sn)).map(lambda parts: Window(parts[1].card, *parts[0]))


class PointOut(WisdmShape):
    value: int | float
    timestamp: Timestamp


class PerformanceOut(WisdmShape):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "result": [
                        {"value": -92.4, "timestamp": "2026-01-05T10:00:00Z"},
                        {"value": -95.1, "timestamp": "2026-01-05T10:10:00Z"},
                    ],
                    "nextToken": "q83Jx0uT",
                    "clientToken": "8a1c0f6e0c8f4b1c",
                }
            ]
        }
    )

    result: list[PointOut]
    next_token: str | None = None
    client_token: str

    @classmethod
    def of(cls, window: Window, points: Sequence[tuple[datetime, float]]) -> Self:
        """A page of points. `points` has one more than a page if there is a next page."""
        result = [PointOut(value=value, timestamp=format_time(at)) for at, value in points[:PAGE]]
        token = window.next(points[PAGE][0]) if len(points) > PAGE else None
        return cls(result=result, next_token=token, client_token=window.client_token)
