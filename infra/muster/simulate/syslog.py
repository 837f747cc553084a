"""The log of a simulated gateway: its lines, and the uploaded file."""

from __future__ import annotations

import gzip
import random
import time
from datetime import UTC, datetime

from muster.simulate.world import World

_LINES = (
    "daemon.info station[1466]: [S2E:VERB] RX 868.{freq:03} MHz DR{rate} snr={snr} rssi=-{rssi}",
    "daemon.info dnsmasq[902]: cached entry for time.example is fresh",
    "kern.info kernel: [{up}.{freq:03}] br-lan: port 1(wlan0) entered forwarding state",
    "daemon.notice netifd: Interface 'wan' is now up",
    "cron.info crond[1388]: USER root pid {pid} cmd logrotate /etc/logrotate.conf",
    "authpriv.info dropbear[{pid}]: Exit before auth: Exited normally",
)


def log_lines(world: World, count: int) -> list[str]:
    """The newest lines, a few seconds apart, the last from just now."""
    chance, at, lines = random.Random(), time.time(), []
    for _ in range(count):
        message = chance.choice(_LINES).format(
            freq=chance.randrange(100, 999),
            rate=chance.randrange(6),
            snr=round(chance.uniform(-12, 11), 1),
            rssi=chance.randrange(60, 125),
            up=max(0, int(at - world.booted)),
            pid=chance.randrange(2000, 9000),
        )
        lines.append(f"{datetime.fromtimestamp(at, UTC):%a %b %e %H:%M:%S %Y} {message}")
        at -= chance.uniform(0.5, 8)
    return lines[::-1]


def log_file(world: World, lines: int = 400) -> bytes:
    """A gzip file of the newest lines."""
    return gzip.compress("".join(f"{line}\n" for line in log_lines(world, lines)).encode(), mtime=int(time.time()))
