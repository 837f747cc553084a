"""Callbacks, and what comes of posting them."""

from __future__ import annotations

from typing import Any

from fleet.delivery.callback import Callback
from fleet.delivery.send_callback import Outcome, send
from tests.harness.receiver import ScriptedNetwork

BODY = {"downloadUrls": ["https://muster.example/media/exports/ü"]}


def callback(url: str, **fields: Any) -> Callback:
    return Callback(id="d-1", organization="65f0c0de0000000000000001", url=url, body=BODY, **fields)


def sent(url: str, network: ScriptedNetwork, number: int = 1, **fields: Any) -> tuple[Outcome, str]:
    """What comes of posting to a URL in this network."""
    return send(callback(url, **fields), number, (), network.network)
