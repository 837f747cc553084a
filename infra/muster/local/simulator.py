"""Runs the simulated gateways and devices: a child process of `muster up`."""

from __future__ import annotations

import argparse
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from muster.local.children import stop_event
from muster.operator import keyring
from muster.simulate import device
from muster.simulate.simulation import Simulation, read_wishes

INTERVAL = 10.0
"""Seconds between two status reports of a gateway."""
DEVICE_INTERVAL = 2.0
"""Seconds between two steps of a device, which asks for its commands each time."""
SYSLOG_EVERY = 30.0
"""Seconds between two uploads of a gateway's log."""


def run(keys: Path, wishes: Path, answers: Path, local: Path) -> None:
    """Run all gateways of this key file until the process is asked to stop; then disconnect them.

    `wishes` is a named pipe for control commands; the answers to them are added to the file `answers`. `local` names the API's URL and the
    devices that call it.
    """
    things = list(devices(json.loads(local.read_text())))
    simulation = Simulation(keyring.load(keys), interval=INTERVAL, syslog_every=SYSLOG_EVERY, tell=_say, devices=things)
    stop = stop_event()
    simulation.start()
    threading.Thread(target=_listen, args=(simulation, wishes, answers), daemon=True).start()
    for each in things:
        threading.Thread(target=device.run, args=(each, DEVICE_INTERVAL, stop), daemon=True).start()
    stop.wait()
    simulation.stop()


def devices(running: Any) -> Iterator[device.Device]:
    """The WEGnology devices of the organizations in `.muster/local.json`."""
    for one in running["organizations"]:
        mine = one["wegnology"]
        identity = device.DeviceIdentity(one["applicationId"], mine["device"], mine["deviceToken"])
        yield device.Device(identity, device.over_http(running["baseUrl"], identity.token), _say)


def _listen(simulation: Simulation, wishes: Path, answers: Path) -> None:
    """Carry out control commands from the pipe. It is also held open for writing, so that it does not end with its last writer."""
    with os.fdopen(os.open(wishes, os.O_RDWR), "r", errors="replace") as lines, answers.open("a") as out:
        read_wishes(simulation, lines, lambda answer: print(answer, file=out, flush=True))


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="muster simulate", description=__doc__)
    parser.add_argument("keys", type=Path)
    parser.add_argument("wishes", type=Path)
    parser.add_argument("answers", type=Path)
    parser.add_argument("local", type=Path)
    arguments = parser.parse_args()
    run(arguments.keys, arguments.wishes, arguments.answers, arguments.local)
