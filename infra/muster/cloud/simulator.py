"""Plays the seeded gateways: a child of `muster up`."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from muster.cloud.children import told_to_stop
from muster.simulate import keyring
from muster.simulate.simulation import Simulation

INTERVAL = 10.0
"""Seconds between two status reports of a gateway."""
SYSLOG_EVERY = 30.0
"""Seconds between two uploads of a gateway's log."""


def play(keys: Path) -> None:
    """Play all gateways whose keys are in this file until told to stop; then they say goodbye."""
    simulation = Simulation(keyring.load(keys), interval=INTERVAL, syslog_every=SYSLOG_EVERY, tell=_say)
    stop = told_to_stop()
    simulation.start()
    stop.wait()
    simulation.stop()


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="muster simulate", description=__doc__)
    parser.add_argument("keys", type=Path)
    play(parser.parse_args().keys)
