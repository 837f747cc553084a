"""The simulation: scheduled reports, control commands, and shutdown."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
import stat
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from fleet.aws import clients
from muster.operator import keyring
from muster.simulate import execute
from muster.simulate.device import Device, DeviceIdentity
from muster.simulate.gateway import Wish
from muster.simulate.simulation import GatewayThread, Simulation, read_wishes
from muster.simulate.things import ThingGateway
from muster.simulate.wire import Wire
from tests.harness.fleet import Fleet
from tests.simulate.queues import SN, Queues

START = ["hello", "presence", "config.reported", "status"]


@pytest.fixture
def queues(fleet: Fleet) -> Queues:
    queues = Queues(fleet)
    queues.register()
    return queues


def types(queues: Queues) -> list[str]:
    """The types of the gateway's messages, except radio reports, which depend on the clock."""
    return [message["type"].removeprefix("gateway.") for message in queues.accept_uplink() if message["type"] != "gateway.perf"]


def test_reports_at_intervals(queues: Queues) -> None:
    thread = GatewayThread(queues.gateway, interval=0, syslog_every=None)
    thread.step(0)
    assert types(queues) == ["hello", "presence", "config.reported", "status", "status"]
    thread.step(0)
    assert types(queues) == ["status"]
    patient = GatewayThread(queues.gateway, interval=3600, syslog_every=None)
    patient.step(0)
    patient.step(0)
    assert types(queues) == ["status"]


def test_uploads_at_intervals(queues: Queues) -> None:
    thread = GatewayThread(queues.gateway, interval=3600, syslog_every=1e-9)
    thread.step(0)
    assert types(queues) == START
    queues.gateway.world.settings.values["syslog"]["shareLogs"] = "wisdm"
    thread.step(0)
    assert types(queues) == ["syslog.request"]


def test_does_what_is_wished_for(queues: Queues) -> None:
    thread = GatewayThread(queues.gateway, interval=3600, syslog_every=None)
    thread.step(0)
    types(queues)
    wishes: list[tuple[Wish, list[str]]] = [
        ("syslog", ["syslog.request"]),
        ("gasp", ["dyingGasp"]),
        ("syslog", []),
        ("online", START),
        ("offline", ["presence"]),
    ]
    for wish, expected in wishes:
        thread.wishes.put(wish)
        thread.step(0)
        assert types(queues) == expected, wish
    thread.step(0)
    assert types(queues) == []


def test_plays_until_it_is_stopped_and_says_goodbye(queues: Queues) -> None:
    arrived, log = threading.Event(), []

    def tell(line: str) -> None:
        log.append(line)
        arrived.set()

    simulation = Simulation([queues.identity], interval=60, tell=tell)
    simulation.start()
    assert arrived.wait(10)
    simulation.stop()
    messages = queues.accept_uplink()
    assert messages[0]["type"] == "gateway.hello"
    assert log == [f"{SN} is online", f"{SN} is offline"]
    assert messages[-1]["payload"] == {"connected": False, "reason": "stopped"}
    assert not any(thread.name == SN for thread in threading.enumerate())


def test_a_simulation_runs_commands_only_if_told_to(queues: Queues) -> None:
    shells = [Simulation([queues.identity], execute_commands=really).threads[SN].gateway.shell for really in (False, True)]
    assert [shell is execute.run for shell in shells] == [False, True]


def test_reads_wishes_line_by_line(queues: Queues, capsys: pytest.CaptureFixture[str]) -> None:
    simulation = Simulation([queues.identity])
    read_wishes(simulation, io.StringIO(f"gasp {SN.lower()}\n\ndance {SN}\nsyslog GW999999\n"))
    assert simulation.threads[SN].wishes.get_nowait() == "gasp"
    assert simulation.threads[SN].wishes.empty()
    answers = [line.partition(" ")[2] for line in capsys.readouterr().out.splitlines()]
    assert answers == [
        f"gasp {SN}: understood",
        f"dance {SN}: not understood; write gasp, offline, online or syslog and a gateway's serial number, "
        "or offline or online and a sensor's TUID or a device's id",
        f"syslog GW999999: there is no such gateway, sensor or device; there are {SN}",
    ]


def test_a_sensor_falls_silent_and_speaks(queues: Queues, capsys: pytest.CaptureFixture[str]) -> None:
    tuid = "TSPD04A1B2C3D4E05"
    simulation = Simulation([dataclasses.replace(queues.identity, things=[tuid])])
    gateway = simulation.threads[SN].gateway
    assert isinstance(gateway, ThingGateway)
    read_wishes(simulation, [f"offline {tuid.lower()}", f"gasp {tuid}", "offline TSPD04OTHER000001"])
    assert gateway.silent == {tuid}
    answers = [line.partition(" ")[2] for line in capsys.readouterr().out.splitlines()]
    assert answers == [
        f"offline {tuid}: understood",
        f"gasp {tuid}: sensors and devices know offline and online only",
        f"offline TSPD04OTHER000001: there is no such gateway, sensor or device; there are {SN}, {tuid}",
    ]
    read_wishes(simulation, [f"online {tuid}"])
    assert gateway.silent == set()


def test_a_device_falls_silent_and_speaks(queues: Queues, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[str] = []

    def ask(method: str, path: str, body: Any) -> Any:
        asked.append(method)
        return []

    id = "65f0c0de00000000000000a1"
    device = Device(DeviceIdentity("65f0c0de0000000000000001", id, "token"), ask)
    simulation = Simulation([queues.identity], devices=[device])
    read_wishes(simulation, [f"offline {id}", f"gasp {id}", "offline 65f0c0de00000000000000a2"])
    device.step()
    assert (device.silent, asked) == (True, [])
    assert [line.partition(" ")[2] for line in capsys.readouterr().out.splitlines()] == [
        f"offline {id.upper()}: understood",
        f"gasp {id}: sensors and devices know offline and online only",
        f"offline 65f0c0de00000000000000a2: there is no such gateway, sensor or device; there are {SN}, {id.upper()}",
    ]
    read_wishes(simulation, [f"online {id}"])
    device.step()
    assert (device.silent, asked) == (False, ["GET", "POST"])


@pytest.fixture
def store() -> Iterator[tuple[str, list[Any]]]:
    """An upload server on this machine: its address, and the stored files."""
    got: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, self.headers["x-amz-checksum-sha256"], content))
            self.send_response(403 if "refuse" in self.path else 200)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", got
    server.shutdown()
    thread.join()
    server.server_close()


def test_puts_a_file_with_its_length_and_checksum(queues: Queues, store: tuple[str, list[Any]]) -> None:
    address, got = store
    content, wire = b"log\n" * 1000, Wire(queues.identity, clients.sqs())
    digest = hashlib.sha256(content).digest()
    wire.put(f"{address}/files/logs/x?signature=1", content, digest)
    assert got == [("/files/logs/x?signature=1", base64.b64encode(digest).decode(), content)]
    with pytest.raises(OSError, match="403"):
        wire.put(f"{address}/refuse", content, digest)


def test_keys_are_kept_for_their_owner_alone(queues: Queues, tmp_path: Path) -> None:
    file = tmp_path / "gateways.json"
    keyring.save([queues.identity], file)
    keyring.save([queues.identity], file)
    assert keyring.load(file) == keyring.load(file, [SN.lower()]) == [queues.identity]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["gateways.json"]


def test_a_gateway_without_keys_cannot_be_played(queues: Queues, tmp_path: Path) -> None:
    keyring.save([queues.identity], tmp_path / "gateways.json")
    for file, wanted in ((tmp_path / "gateways.json", ["GW999999"]), (tmp_path / "none.json", [])):
        with pytest.raises(keyring.NoKeys):
            keyring.load(file, wanted)
