"""The allow-list of commands (wisdm.md 6.2)."""

from __future__ import annotations

import pytest

from fleet.commands import allow_list
from fleet.errors import Invalid

HOST = "gw.example"
ALLOWED: list[tuple[str, str]] = [
    ("netstat", ""), ("netstat", "-a"), ("netstat", "-apn"), ("netstat", "-a -p -n"), ("netstat", "-tulpenrisWwx"),
    ("ifconfig", ""), ("ifconfig", "-a"), *(("ifconfig", name) for name in sorted(allow_list.INTERFACES)),
    ("route", ""), ("route", "-n"),
    *(("ip", f"{what}{more}") for what in ("addr", "link", "route", "neigh") for more in ("", " show", " show dev eth0")),
    ("ping", f"-c 1 {HOST}"), ("ping", f"{HOST} -c 10"), ("ping", f"-c 3 -W 10 -s 1400 -I wwan0 -4 {HOST}"),
    ("ping", "-c 1 -s 0 192.0.2.1"),
    ("traceroute", HOST), ("traceroute", f"-n -m 30 -w 5 -q 3 {HOST}"), ("nslookup", HOST), ("nslookup", f"{HOST} 192.0.2.53"),
    *((name, option) for name in ("df", "free") for option in ("", "-h", "-k", "-m")),
    ("uptime", ""), ("uptime", "   "), ("date", ""), ("uname", ""), ("uname", "-a"), ("ps", ""), ("ps", "w"),
    ("top", "-b -n 1"), ("top", "-n 3 -b"), ("logread", "-l 1"), ("logread", "-l 500"),
]  # fmt: skip
REFUSED: list[tuple[str, str]] = [
    ("netstat", "-"), ("netstat", "--all"), ("netstat", "-az"), ("netstat", "a"), ("netstat", "-a LISTEN"),
    ("netstat", "-c"),
    ("ifconfig", "eth2"), ("ifconfig", "eth0 up"), ("ifconfig", "eth0 192.0.2.1"), ("ifconfig", "-a eth0"), ("ifconfig", "ETH0"),
    ("route", "-e"), ("route", "add default"), ("route", "-n -n"),
    ("ip", ""), ("ip", "rule"), ("ip", "addr add"), ("ip", "addr show dev"), ("ip", "addr show dev tun0"), ("ip", "addr show eth0"),
    ("ip", "-4 addr"),
    ("ping", ""), ("ping", "-c 3"), ("ping", f"{HOST} {HOST}"), ("ping", f"-c 0 {HOST}"), ("ping", f"-c 11 {HOST}"),
    ("ping", f"-c 1 -c 2 {HOST}"),
    ("ping", f"-c {HOST}"), ("ping", f"-c1 {HOST}"), ("ping", f"-c 01 {HOST}"), ("ping", f"-c +1 {HOST}"), ("ping", f"-W 11 {HOST}"),
    ("ping", f"-s 1401 {HOST}"), ("ping", f"-I tun0 {HOST}"), ("ping", f"-f {HOST}"), ("ping", f"-i 0 {HOST}"), ("ping", f"-6 {HOST}"),
    ("ping", "-c 1 -w"), ("ping", "host_name"), ("ping", "-host"), ("ping", "host-"), ("ping", "a..b"), ("ping", ".a"), ("ping", "a."),
    ("ping", "::1"),
    ("ping", "a/b"), ("ping", "@file"), ("ping", "user@host"),
    ("traceroute", ""), ("traceroute", f"-m 31 {HOST}"), ("traceroute", f"-m 0 {HOST}"), ("traceroute", f"-w 6 {HOST}"),
    ("traceroute", f"-q 4 {HOST}"),
    ("traceroute", f"-I {HOST}"), ("traceroute", f"{HOST} 1400"), ("nslookup", ""), ("nslookup", "a b c"), ("nslookup", "-type=any a"),
    ("nslookup", "-"),
    ("df", "-a"), ("df", "/"), ("df", "-h -k"), ("free", "-s 1"), ("uptime", "-p"), ("date", "-s 2026-01-01"), ("date", "+%s"),
    ("uname", "-r"),
    ("ps", "aux"), ("ps", "w w"), ("top", ""), ("top", "-b"), ("top", "-n 1"), ("top", "-b -n 4"), ("top", "-b -n 0"),
    ("top", "-b -n 1 -d 1"),
    ("logread", ""), ("logread", "-l"), ("logread", "-l 0"), ("logread", "-l 501"), ("logread", "-f"), ("logread", "-l 5 -f"),
    ("logread", "-l 5 -l 6"),
    ("grep", "a"), ("sh", ""), ("reboot", ""), ("", ""), ("/bin/ping", HOST), ("Ping", HOST),
    ("netstat", " ".join(["-a"] * 17)), ("nslookup", "a" * 65),
]  # fmt: skip
FILTERS: list[tuple[str, str]] = [
    ("grep", "LISTEN"), ("grep", "-i LISTEN"), ("grep", "-ivcnwF a"), ("grep", "-i -v a"), ("grep", "a -i"), ("grep", "a=b,c@d%e+f:/g"),
    ("grep", "x" * 64),
    *((name, args) for name in ("head", "tail") for args in ("", "-n 1", "-n 500")),
    *(("wc", args) for args in ("", "-l", "-w", "-c")), ("sort", ""), ("sort", "-n"), ("sort", "-nru"), ("sort", "-n -r"),
    *(("uniq", args) for args in ("", "-c", "-d")),
]  # fmt: skip
NO_FILTERS: list[tuple[str, str]] = [
    ("grep", ""), ("grep", "-i"), ("grep", "a b"), ("grep", "-e a"), ("grep", "-f /etc/shadow"), ("grep", "-r a"), ("grep", "-- a"),
    ("grep", "--include=x a"),
    ("grep", "-E a"), ("grep", "x" * 65), ("head", "/etc/shadow"), ("head", "-n 0"), ("head", "-n 501"), ("head", "-n 5 x"),
    ("head", "-5"), ("head", "-c 5"),
    ("tail", "-f"), ("tail", "-n +5"), ("wc", "x"), ("wc", "-l -w"), ("sort", "-o"), ("sort", "-k 1"), ("sort", "x"), ("uniq", "-c -d"),
    ("uniq", "a b"),
    ("sed", ""), ("awk", ""), ("xargs", ""), ("tee", "x"), ("netstat", "-a"),
]  # fmt: skip


def invalid_fields(case: object) -> str:
    return str(case)[:40]


@pytest.mark.parametrize(("command", "args"), ALLOWED, ids=invalid_fields)
def test_what_may_be_run_comes_as_its_tokens(command: str, args: str) -> None:
    ((name, *arguments),) = allow_list.parse(command, args)
    assert name == command
    assert arguments == args.split() or (command == "ping" and "-c" not in args.split())


@pytest.mark.parametrize(("command", "args"), REFUSED, ids=invalid_fields)
def test_what_may_not(command: str, args: str) -> None:
    with pytest.raises(Invalid):
        allow_list.parse(command, args)


@pytest.mark.parametrize(("command", "args"), FILTERS, ids=invalid_fields)
def test_what_may_follow_in_a_pipe(command: str, args: str) -> None:
    _, (name, *arguments) = allow_list.parse("uptime", "", [(command, args)])
    assert name == command
    assert sorted(token for token in arguments if token not in ("-F", *args.split())) == []


@pytest.mark.parametrize(("command", "args"), NO_FILTERS, ids=invalid_fields)
def test_what_may_not_follow_in_a_pipe(command: str, args: str) -> None:
    with pytest.raises(Invalid):
        allow_list.parse("uptime", "", [(command, args)])


@pytest.mark.parametrize("code", [n for n in range(128) if not allow_list.ALLOWED.fullmatch(chr(n))], ids=lambda n: f"{n:#x}")
def test_characters_outside_the_list_are_refused_wherever_they_stand(code: int) -> None:
    for args in (chr(code), f"a{chr(code)}", f"{chr(code)}a", f"a {chr(code)}"):
        with pytest.raises(Invalid):
            allow_list.parse("nslookup", args)


def test_the_list_of_characters() -> None:
    messages = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    assert {chr(n) for n in range(0x3000) if allow_list.ALLOWED.fullmatch(chr(n))} == set(f"{messages} ._:/=,@%+-")


def test_ping_counts_to_four_unless_told() -> None:
    assert allow_list.parse("ping", HOST) == (("ping", "-c", "4", HOST),)


def test_a_search_is_for_a_fixed_string() -> None:
    assert allow_list.parse("uptime", "", [("grep", "-i a.b")])[1] == ("grep", "-F", "-i", "a.b")


def test_runs_of_blanks_separate_tokens() -> None:
    assert allow_list.parse("ping", f"  -c   2  {HOST} ") == (("ping", "-c", "2", HOST),)


@pytest.mark.parametrize(("command", "args"), ALLOWED, ids=invalid_fields)
def test_a_gateway_runs_what_the_list_makes(command: str, args: str) -> None:
    assert allow_list.check(allow_list.parse(command, args, [("grep", "a"), ("head", "-n 2")]))


@pytest.mark.parametrize(
    "stages",
    [[], [[]], [["sh", "-c", "reboot"]], [["uptime", "-p"]], [["ping", HOST]], [["uptime"], ["grep", "a"]], [["uptime"], []],
     [["uptime"], ["uptime"]], [["uptime"], ["wc"], ["wc"], ["wc"], ["wc"]], [["netstat", "-a -n"]], [["nslookup", "a;b"]]],
    ids=invalid_fields,
)  # fmt: skip
def test_a_gateway_runs_nothing_else(stages: list[list[str]]) -> None:
    assert not allow_list.check(stages)


def test_a_refusal_names_the_stage() -> None:
    with pytest.raises(Invalid) as caught:
        allow_list.parse("uptime", "", [("wc", ""), ("sed", "")])
    assert [problem.place for problem in caught.value.details] == [("pipes", 1, "command")]
