"""What a good call of a route sends: the documented examples, with times that fit the world in which it is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from edge.route import Entry
from wisdm.shapes.fields import shown

FURTHER: Mapping[str, Sequence[Mapping[str, Any]]] = {
    "create_location": [
        {
            "body": {
                "name": "Harbour West",
                "workMode": "Basics station",
                "basicStation": {
                    "serverType": "LNS",
                    "serverURL": "wss://lns.example",
                    "serverPort": 443,
                    "token": "blue-anchor-7",
                    "authenticationMode": "TLS Server Authentication and Client Token Authentication",
                    "trustCACertificate": "-----BEGIN CERTIFICATE-----MIIB-----END CERTIFICATE-----",
                },
                "advancedFrequencySettings": {"region": "EU868"},
            }
        }
    ]
}
"""Calls beside the good one that a route needs to make use of everything it may do."""


def example(entry: Entry, part: str) -> dict[str, Any] | None:
    """The documented example of a route's body or query."""
    shape = entry.route.shapes.get(part)
    if shape is None:
        return None
    examples = shape.model_json_schema().get("examples") or [{}]
    found: dict[str, Any] = examples[0]
    return found


def query(entry: Entry, now: datetime) -> dict[str, str] | None:
    """The documented example, save that it asks for the days around `now`."""
    today = {"startDate": shown(now - timedelta(days=1)), "endDate": shown(now + timedelta(days=1))}
    given = example(entry, "query") or {}
    return {name: today.get(name, str(value)) for name, value in given.items()} or None
