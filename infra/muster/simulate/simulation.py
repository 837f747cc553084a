"""Runs many simulated gateways, a thread each."""

from __future__ import annotations

import queue
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from muster.operator.keyring import Identity
from muster.simulate import execute
from muster.simulate.device import Device
from muster.simulate.gateway import WISHES, Gateway, Tell, Wish
from muster.simulate.shell import Shell
from muster.simulate.things import ThingGateway
from muster.simulate.wire import Wire

_POLL = 2
"""Seconds of a long poll; stopping takes at most as long."""
_RETRY = 5.0


class GatewayThread:
    """Runs one gateway in a thread: it reports at intervals, listens in between, and obeys control commands.

    It uploads its log while its settings say so, as often as they say, or every `syslog_every` seconds.
    """

    def __init__(self, gateway: Gateway, interval: float, syslog_every: float | None) -> None:
        self.gateway, self.interval, self.syslog_every = gateway, interval, syslog_every
        self.wishes: queue.SimpleQueue[Wish] = queue.SimpleQueue()
        self.wanted = True
        """Whether the gateway should be online."""
        self._next_report = self._last_upload = 0.0

    def run(self) -> None:
        """Run until the gateway's stop event is set; then disconnect."""
        while not self.gateway.stop.is_set():
            try:
                self.step(_POLL)
            except (BotoCoreError, ClientError) as error:
                self.gateway.tell(f"cannot reach the cloud: {error}")
                self.gateway.stop.wait(_RETRY)
        try:
            self.gateway.leave("stopped")
        except (BotoCoreError, ClientError):
            self.gateway.tell("could not send its disconnect")

    def step(self, wait: int) -> None:
        """Do what is due, and wait at most so many seconds for a downlink message."""
        while not self.wishes.empty():
            self._obey(self.wishes.get())
        if not self.gateway.here:
            if not self.wanted:
                self.gateway.stop.wait(wait)
                return
            self.gateway.start()
            now = time.monotonic()
            self._next_report, self._next_upload = now + self.interval, now
        now = time.monotonic()
        if now >= self._next_report:
            self.gateway.report()
            self._next_report = now + self.interval
        settings = self.gateway.world.settings
        if settings.shares_logs and now >= self._last_upload + (self.syslog_every or settings.upload_every):
            self.gateway.ask_for_upload()
            self._last_upload = now
        self.gateway.listen(wait)

    def _obey(self, wish: Wish) -> None:
        self.wanted = wish == "online" or (wish == "syslog" and self.wanted)
        if wish == "gasp":
            self.gateway.gasp()
        elif wish == "offline":
            self.gateway.leave("as asked")
        elif wish == "syslog" and self.gateway.here:
            self.gateway.ask_for_upload()


class Simulation:
    """Simulated gateways, from `start` to `stop`. `tell` receives a line for every event."""

    def __init__(
        self,
        identities: Sequence[Identity],
        *,
        interval: float = 10,
        syslog_every: float | None = None,
        execute_commands: bool = False,
        tell: Callable[[str], None] = print,
        devices: Iterable[Device] = (),
    ) -> None:
        self.stopping = threading.Event()
        sqs = _client(len(identities))
        shell = execute.run if execute_commands else None
        self.threads = {
            identity.sn: GatewayThread(self._gateway(identity, Wire(identity, sqs), shell, tell), interval, syslog_every)
            for identity in identities
        }
        keepers = [thread.gateway for thread in self.threads.values() if isinstance(thread.gateway, ThingGateway)]
        self._keepers = {tuid: gateway for gateway in keepers for tuid in gateway.sensors}
        self._devices = {device.identity.id.upper(): device for device in devices}
        self._threads = [threading.Thread(target=thread.run, name=sn, daemon=True) for sn, thread in self.threads.items()]

    def _gateway(self, identity: Identity, wire: Wire, shell: Shell | None, tell: Tell) -> Gateway:
        if identity.things is not None:
            return ThingGateway(identity, wire, tell, self.stopping)
        return Gateway(identity, wire, shell, tell, self.stopping)

    @property
    def names(self) -> Sequence[str]:
        """The serial numbers of the gateways, the TUIDs of the sensors, and the ids of the devices, all in capitals."""
        return [*self.threads, *self._keepers, *self._devices]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def wish(self, name: str, wish: Wish) -> bool:
        """Control a gateway (power failure, disconnect, reconnect, log upload), a sensor or a device (`offline`, `online`).

        False when there is nothing of this name, or it does not support the command.
        """
        if name in self.threads:
            self.threads[name].wishes.put(wish)
        elif name in self._keepers and wish == "offline":
            self._keepers[name].silent.add(name)
        elif name in self._keepers and wish == "online":
            self._keepers[name].silent.discard(name)
        elif name in self._devices and wish in ("offline", "online"):
            self._devices[name].silent = wish == "offline"
        else:
            return False
        return True

    def stop(self, patience: float = 10) -> None:
        """Disconnect all, and wait for them at most so many seconds."""
        self.stopping.set()
        end = time.monotonic() + patience
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, end - time.monotonic()))


def _client(gateways: int) -> Any:
    """A client for all threads: long read timeouts for long polls, and a connection for each."""
    from botocore.config import Config

    from fleet.aws import clients

    config = Config(
        connect_timeout=2, read_timeout=_POLL + 10, max_pool_connections=gateways + 4, retries={"mode": "standard", "total_max_attempts": 3}
    )
    return clients.session().client("sqs", config=config)


def run(identities: Sequence[Identity], *, interval: float, syslog_every: float | None, execute_commands: bool) -> int:
    """Run gateways until Ctrl-C or SIGTERM; control commands come on standard input, one a line."""
    simulation = Simulation(identities, interval=interval, syslog_every=syslog_every, execute_commands=execute_commands, tell=_say)
    signal.signal(signal.SIGTERM, lambda number, frame: simulation.stopping.set())
    threading.Thread(target=read_wishes, args=(simulation, sys.stdin), daemon=True).start()
    simulation.start()
    try:
        while not simulation.stopping.wait(0.5):
            pass
    except KeyboardInterrupt:
        _say("stopping")
    simulation.stop()
    return 0


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", flush=True)


def read_wishes(simulation: Simulation, lines: Iterable[str], tell: Callable[[str], None] = _say) -> None:
    """Carry out the control commands in these lines; `tell` receives an answer to each."""
    for line in lines:
        match line.split():
            case []:
                continue
            case [wish, name] if wish in WISHES and simulation.wish(name.upper(), wish):
                tell(f"{wish} {name.upper()}: understood")
            case [wish, name] if wish in WISHES and name.upper() not in simulation.names:
                tell(f"{wish} {name}: there is no such gateway, sensor or device; there are {', '.join(simulation.names)}")
            case [wish, name] if wish in WISHES:
                tell(f"{wish} {name}: sensors and devices know offline and online only")
            case _:
                tell(
                    f"{' '.join(line.split())}: not understood; write gasp, offline, online or syslog and a gateway's serial number, "
                    "or offline or online and a sensor's TUID or a device's id"
                )
