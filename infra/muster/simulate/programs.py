"""What the programs of a played gateway say: each takes its arguments and the gateway's world, and gives an exit code and a text."""

from __future__ import annotations

import ipaddress
import random
import re
import zlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from muster.simulate.syslog import log_lines
from muster.simulate.world import World

Arguments = Sequence[str]
Program = Callable[[Arguments, World], tuple[int, str]]
_SERVICES = ((22, "812/dropbear"), (80, "1104/nginx"), (443, "1104/nginx"), (1883, "1290/mosquitto"))


def _value(arguments: Arguments, option: str, default: int) -> int:
    return int(arguments[arguments.index(option) + 1]) if option in arguments else default


def _hosts(arguments: Arguments) -> list[str]:
    """The operands: what is neither an option nor an option's value."""
    valued = {"-c", "-W", "-s", "-I", "-m", "-w", "-q"}
    before = ["", *arguments]
    return [token for token, last in zip(arguments, before, strict=False) if not token.startswith("-") and last not in valued]


def _resolved(host: str) -> str:
    """An address for a name, the same each time; an address stands for itself."""
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        number = zlib.crc32(host.lower().encode())
        return f"198.51.100.{number % 250 + 1}"


def _netstat(arguments: Arguments, world: World) -> tuple[int, str]:
    letters = "".join(arguments)
    own = [f"tcp        0      0 0.0.0.0:{port:<15} 0.0.0.0:*               LISTEN      {name}" for port, name in _SERVICES]
    server = f"tcp        0      0 {world.address}:41822      198.51.100.20:443       ESTABLISHED 1466/station"
    datagrams = ["udp        0      0 0.0.0.0:67              0.0.0.0:*                           902/dnsmasq"]
    if "r" in letters:
        return _route((), world)
    chosen = [*(own if "l" in letters or "a" in letters else []), *([] if "l" in letters else [server])]
    if "u" in letters or "t" not in letters:
        chosen += datagrams
    if "p" not in letters:
        chosen = [line.rsplit(maxsplit=1)[0] for line in chosen]
    title = "Active Internet connections (servers and established)\nProto Recv-Q Send-Q Local Address           Foreign Address         State"
    return 0, "\n".join([title + ("       PID/Program name" if "p" in letters else ""), *chosen]) + "\n"


def _interfaces(world: World) -> dict[str, str]:
    return {"eth0": f"{world.address}/24", "br-lan": "192.168.230.1/24", "lo": "127.0.0.1/8"}


def _ifconfig(arguments: Arguments, world: World) -> tuple[int, str]:
    told = _interfaces(world)
    wanted = [name for name in arguments if name != "-a"] or list(told)
    if wanted[0] not in told:
        return 1, f"ifconfig: {wanted[0]}: error fetching interface information: Device not found\n"
    blocks = []
    for name in wanted:
        at = ipaddress.IPv4Interface(told[name])
        kind = "Local Loopback" if name == "lo" else f"Ethernet  HWaddr {world.identity.mac}"
        blocks.append(
            f"{name:9} Link encap:{kind}\n          inet addr:{at.ip}  Mask:{at.netmask}\n          UP RUNNING  MTU:{65536 if name == 'lo' else 1500}  Metric:1\n"
            f"          RX packets:{world.received * 7 + 4211} errors:0 dropped:0\n          TX packets:{world.sent * 9 + 3977} errors:0 dropped:0\n"
        )
    return 0, "\n".join(blocks)


def _route(arguments: Arguments, world: World) -> tuple[int, str]:
    network = ipaddress.IPv4Interface(f"{world.address}/24").network
    rows = [
        ("0.0.0.0" if "-n" in arguments else "default", str(network.network_address + 1), "0.0.0.0", "UG", "eth0"),
        (str(network.network_address), "0.0.0.0", "255.255.255.0", "U", "eth0"),
        ("192.168.230.0", "0.0.0.0", "255.255.255.0", "U", "br-lan"),
    ]
    title = "Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n"
    return 0, title + "".join(f"{to:15} {by:15} {mask:15} {flags:5} 0      0        0 {name}\n" for to, by, mask, flags, name in rows)


def _ip(arguments: Arguments, world: World) -> tuple[int, str]:
    told, router = _interfaces(world), ipaddress.IPv4Interface(f"{world.address}/24").network.network_address + 1
    only = arguments[3] if len(arguments) > 3 else None
    if only and only not in told:
        return 1, f'Device "{only}" does not exist.\n'
    chosen = [name for name in told if only in (None, name)]
    if arguments[0] == "route":
        return 0, "".join(line for name, line in (("eth0", f"default via {router} dev eth0\n"), ("br-lan", "192.168.230.0/24 dev br-lan scope link\n")) if name in chosen)
    if arguments[0] == "neigh":
        return 0, f"{router} dev eth0 lladdr 02:42:ac:11:00:01 REACHABLE\n" if "eth0" in chosen else ""
    lines = []
    for number, name in enumerate(chosen, 1):
        lines.append(f"{number}: {name}: <UP,LOWER_UP> mtu {65536 if name == 'lo' else 1500} state UP\n    link/ether {world.identity.mac.lower()}")
        lines += [f"    inet {told[name]} scope global {name}"] if arguments[0] == "addr" else []
    return 0, "\n".join(lines) + "\n"


def _ping(arguments: Arguments, world: World) -> tuple[int, str]:
    (host,) = _hosts(arguments)
    count, size, address = _value(arguments, "-c", 4), _value(arguments, "-s", 56), _resolved(host)
    chance = random.Random()
    times = [round(chance.uniform(9, 24), 3) for _ in range(count)]
    lines = [f"{size + 8} bytes from {address}: seq={number} ttl=56 time={took} ms" for number, took in enumerate(times)]
    end = [
        "", f"--- {host} ping statistics ---", f"{count} packets transmitted, {count} packets received, 0% packet loss",
        f"round-trip min/avg/max = {min(times):.3f}/{sum(times) / count:.3f}/{max(times):.3f} ms",
    ]
    return 0, "\n".join([f"PING {host} ({address}): {size} data bytes", *lines, *end]) + "\n"


def _traceroute(arguments: Arguments, world: World) -> tuple[int, str]:
    (host,) = _hosts(arguments)
    most, tries = _value(arguments, "-m", 30), _value(arguments, "-q", 3)
    router = ipaddress.IPv4Interface(f"{world.address}/24").network.network_address + 1
    hops = [str(router), "100.64.0.1", "203.0.113.9", _resolved(host)][:most]
    lines = [f"{number:2}  {hop}  " + "  ".join(f"{number * 4.1 + probe / 10:.3f} ms" for probe in range(tries)) for number, hop in enumerate(hops, 1)]
    return 0, "\n".join([f"traceroute to {host} ({_resolved(host)}), {most} hops max, 46 byte packets", *lines]) + "\n"


def _nslookup(arguments: Arguments, world: World) -> tuple[int, str]:
    server = arguments[1] if len(arguments) > 1 else "127.0.0.1"
    return 0, f"Server:\t\t{server}\nAddress:\t{_resolved(server)}:53\n\nName:\t{arguments[0]}\nAddress: {_resolved(arguments[0])}\n"


def _size(kib: int, arguments: Arguments) -> str:
    return {"-m": f"{kib // 1024}", "-h": f"{kib / 1024 / 1024:.1f}G" if kib >= 1 << 20 else f"{kib / 1024:.1f}M"}.get("".join(arguments), f"{kib}")


def _df(arguments: Arguments, world: World) -> tuple[int, str]:
    total, free = 15185 * 1024, int(world.free) * 1024
    rows = [("/dev/root", 6144, 0, "/rom"), ("overlayfs:/overlay", total, free, "/"), ("tmpfs", 253952, 251904, "/tmp")]
    unit = {"-m": "1M-blocks", "-h": "Size"}.get("".join(arguments), "1K-blocks")
    lines = [
        f"{name:20} {_size(size, arguments):>10} {_size(size - left, arguments):>9} {_size(left, arguments):>9} {100 - 100 * left // size:>3}% {at}"
        for name, size, left, at in rows
    ]
    return 0, "\n".join([f"Filesystem           {unit:>10}      Used Available Use% Mounted on", *lines]) + "\n"


def _free(arguments: Arguments, world: World) -> tuple[int, str]:
    total = 507904
    used = int(total * world.memory / 100)
    values = [_size(part, arguments) for part in (total, used, total - used - 40960, 1024, 39936, total - used)]
    return 0, "              total        used        free      shared  buff/cache   available\nMem:   " + "".join(f"{value:>12}" for value in values) + "\n"


def _load(world: World) -> str:
    return f"{world.cpu / 50:.2f}, {world.cpu / 60:.2f}, {world.cpu / 70:.2f}"


def _uptime(arguments: Arguments, world: World) -> tuple[int, str]:
    minutes = world.uptime // 60
    return 0, f" {datetime.now(UTC):%H:%M:%S} up {minutes // 1440} days, {minutes // 60 % 24:2}:{minutes % 60:02},  load average: {_load(world)}\n"


def _date(arguments: Arguments, world: World) -> tuple[int, str]:
    return 0, f"{datetime.now(UTC):%a %b %e %H:%M:%S UTC %Y}\n"


def _uname(arguments: Arguments, world: World) -> tuple[int, str]:
    return 0, f"Linux {world.identity.model} 5.10.176 #0 SMP Thu Apr 27 20:28:15 2023 aarch64 GNU/Linux\n" if arguments else "Linux\n"


def _tasks(world: World) -> list[tuple[int, int, str]]:
    """Process number, memory in KiB and command line."""
    tasks = [(1, 1540, "/sbin/procd"), (902, 1108, "/usr/sbin/dnsmasq"), (1466, 9120, "/usr/bin/station"), (1501, 21400, "/usr/bin/muster-agent")]
    return sorted([*tasks, *((int(number), 2400, f"/usr/sbin/{name}") for number, name in {re.split("/", name)[0]: name.split("/")[1] for _, name in _SERVICES}.items())])


def _ps(arguments: Arguments, world: World) -> tuple[int, str]:
    return 0, "  PID USER       VSZ STAT COMMAND\n" + "".join(f"{number:5} root {memory:9} S    {line}\n" for number, memory, line in _tasks(world))


def _top(arguments: Arguments, world: World) -> tuple[int, str]:
    total, shot = 507904, []
    for _ in range(_value(arguments, "-n", 1)):
        world.drift()
        used = int(total * world.memory / 100)
        rows = [f"{number:5}     1 root     S    {memory:7}  {memory * 100 // total:2}%   {number % 5}% {line}" for number, memory, line in _tasks(world)]
        shot += [f"Mem: {used}K used, {total - used}K free", f"CPU: {round(world.cpu):3}% usr   2% sys", f"Load average: {_load(world)}"]
        shot += ["  PID  PPID USER     STAT   VSZ %VSZ %CPU COMMAND", *rows]
    return 0, "\n".join(shot) + "\n"


def _logread(arguments: Arguments, world: World) -> tuple[int, str]:
    return 0, "".join(f"{line}\n" for line in log_lines(world, _value(arguments, "-l", 100)))


PROGRAMS: dict[str, Program] = {
    "netstat": _netstat, "ifconfig": _ifconfig, "route": _route, "ip": _ip, "ping": _ping, "traceroute": _traceroute, "nslookup": _nslookup,
    "df": _df, "free": _free, "uptime": _uptime, "date": _date, "uname": _uname, "ps": _ps, "top": _top, "logread": _logread,
}
