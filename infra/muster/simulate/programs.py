"""The programs of a simulated gateway: each takes its arguments and the gateway's world, and returns an exit code and output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from muster.simulate import network_programs as network
from muster.simulate import system_programs as system
from muster.simulate.world import World

Program = Callable[[Sequence[str], World], tuple[int, str]]

PROGRAMS: Mapping[str, Program] = {
    "netstat": network.netstat,
    "ifconfig": network.ifconfig,
    "route": network.route,
    "ip": network.ip,
    "ping": network.ping,
    "traceroute": network.traceroute,
    "nslookup": network.nslookup,
    "df": system.df,
    "free": system.free,
    "uptime": system.uptime,
    "date": system.date,
    "uname": system.uname,
    "ps": system.ps,
    "top": system.top,
    "logread": system.logread,
}
