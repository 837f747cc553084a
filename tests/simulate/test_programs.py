"""Every command of the allow-list has output."""

from __future__ import annotations

from threading import Event

import pytest

from fleet.commands import allow_list
from muster.operator.keyring import Identity
from muster.simulate.programs import PROGRAMS
from muster.simulate.shell import CAP, make_outcome, simulated_shell
from muster.simulate.syslog import log_lines
from muster.simulate.world import World


@pytest.fixture
def world() -> World:
    return World(Identity("GW000001", "0000000000000001", "AC:1F:09:00:00:01", "RAK7268V2", "2.2.20", 8, "", "", "", "", ""))


def say(world: World, command: str, args: str = "", *pipes: tuple[str, str]) -> tuple[tuple[int, ...], str]:
    stages = allow_list.parse(command, args, pipes)
    assert allow_list.check(stages)
    outcome = simulated_shell(world)(stages, 5, Event())
    assert (outcome.outcome, outcome.truncated) == ("EXITED", False)
    return outcome.exit_codes, outcome.output


@pytest.mark.parametrize(
    ("command", "args", "expected"),
    [
        ("netstat", "-apn", "0.0.0.0:22"),
        ("netstat", "-rn", "Destination"),
        ("netstat", "-tl", "LISTEN"),
        ("ifconfig", "", "br-lan"),
        ("ifconfig", "eth0", "inet addr:10.20."),
        ("route", "", "default"),
        ("route", "-n", "0.0.0.0"),
        ("ip", "addr", "inet 10.20."),
        ("ip", "link show dev lo", "lo:"),
        ("ip", "route", "default via"),
        ("ip", "neigh", "REACHABLE"),
        ("ping", "-c 2 gw.example", "2 packets transmitted, 2 packets received"),
        ("ping", "192.0.2.1", "PING 192.0.2.1 (192.0.2.1)"),
        ("traceroute", "-n -q 1 gw.example", "30 hops max"),
        ("nslookup", "gw.example", "Name:\tgw.example"),
        ("nslookup", "gw.example dns.example", "dns.example"),
        ("df", "", "1K-blocks"),
        ("df", "-h", "Size"),
        ("df", "-m", "1M-blocks"),
        ("free", "", "Mem:"),
        ("free", "-m", "available"),
        ("uptime", "", "load average"),
        ("date", "", "UTC"),
        ("uname", "", "Linux"),
        ("uname", "-a", "aarch64"),
        ("ps", "", "/usr/bin/station"),
        ("ps", "w", "PID"),
        ("top", "-b -n 2", "Load average"),
        ("logread", "-l 50", "daemon"),
    ],
)
def test_says_something_believable(world: World, command: str, args: str, expected: str) -> None:
    codes, output = say(world, command, args)
    assert codes == (0,)
    assert expected in output
    assert output.endswith("\n")


def test_there_is_a_program_for_all_that_is_allowed() -> None:
    assert PROGRAMS.keys() == allow_list.FIRST.keys()


@pytest.mark.parametrize(("command", "args"), [("ifconfig", "wlan1"), ("ip", "addr show dev wwan0")])
def test_an_interface_that_is_not_there_is_an_error(world: World, command: str, args: str) -> None:
    codes, output = say(world, command, args)
    assert codes == (1,)
    assert args.split()[-1] in output


@pytest.mark.parametrize(("command", "args"), [("ping", "a.invalid"), ("traceroute", "a.invalid"), ("nslookup", "a.invalid")])
def test_a_name_that_nobody_has_is_an_error(world: World, command: str, args: str) -> None:
    codes, output = say(world, command, args)
    assert codes == (1,)
    assert args in output


def test_filters_stand_behind(world: World) -> None:
    codes, output = say(world, "logread", "-l 50", ("grep", "-c station"), ("wc", "-l"))
    assert codes[1:] in ((0, 0), (1, 0))
    assert output.strip() == "1"


def test_a_log_has_as_many_lines_as_were_asked_for(world: World) -> None:
    assert len(log_lines(world, 37)) == 37


def test_an_output_is_cut_at_its_limit() -> None:
    whole, cut = make_outcome("EXITED", [0], b"x" * CAP), make_outcome("EXITED", [0], "ä".encode() * CAP)
    assert (len(whole.output), whole.truncated) == (CAP, False)
    assert (len(cut.output.encode()), cut.truncated) == (CAP, True)
    assert make_outcome("EXITED", [0], b"a\0b\xff").output == "ab\ufffd"


def test_gateways_differ_and_each_is_the_same_again(world: World) -> None:
    other = World(Identity("GW000002", "0000000000000002", "AC:1F:09:00:00:02", "RAK7289CV2", "2.2.20", 16, "", "", "", "", ""))
    assert world.wifi_key == World(world.identity).wifi_key != other.wifi_key
    assert (world.has_modem, other.has_modem) == (False, True)
    assert "cellular" not in world.status("")["network"]["wan"]
