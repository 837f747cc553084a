"""The output of a simulated gateway's network programs."""

from __future__ import annotations

import ipaddress
import random
import zlib
from collections.abc import Sequence

from muster.simulate.filters import text_of
from muster.simulate.world import World

Arguments = Sequence[str]
Output = tuple[int, str]
_VALUED = {"-c", "-W", "-s", "-I", "-m", "-w", "-q"}
"""Options that take a value."""
_LISTENING = ((22, "812/dropbear"), (80, "1104/nginx"), (443, "1104/nginx"), (1883, "1290/mosquitto"))


def value_of(arguments: Arguments, option: str, default: int) -> int:
    return int(arguments[arguments.index(option) + 1]) if option in arguments else default


def _host(arguments: Arguments) -> str:
    """The operand that is neither an option nor an option's value."""
    return next(token for token, before in zip(arguments, ["", *arguments], strict=False) if token[0] != "-" and before not in _VALUED)


def _resolve(host: str) -> str | None:
    """A stable address for a name; None below `.invalid`. An address resolves to itself."""
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        return None if host.lower().endswith(".invalid") else f"198.51.100.{zlib.crc32(host.lower().encode()) % 250 + 1}"


def _interfaces(world: World) -> dict[str, ipaddress.IPv4Interface]:
    interfaces = {"eth0": f"{world.address}/24", "br-lan": "192.168.230.1/24", "lo": "127.0.0.1/8"}
    return {name: ipaddress.IPv4Interface(at) for name, at in interfaces.items()}


def _router(world: World) -> str:
    return str(_interfaces(world)["eth0"].network.network_address + 1)


def netstat(arguments: Arguments, world: World) -> Output:
    letters = "".join(arguments)
    if "r" in letters:
        return route((), world)
    row = "{:5} {:6} {:6} {:23} {:23} {:11} {}".format
    tcp = [row("tcp", "0", "0", f"0.0.0.0:{port}", "0.0.0.0:*", "LISTEN", name) for port, name in _LISTENING]
    station = row("tcp", "0", "0", f"{world.address}:41822", "198.51.100.20:443", "ESTABLISHED", "1466/station")
    udp = row("udp", "0", "0", "0.0.0.0:67", "0.0.0.0:*", "", "902/dnsmasq")
    title = row("Proto", "Recv-Q", "Send-Q", "Local Address", "Foreign Address", "State", "PID/Program name")
    chosen = [*(tcp if "l" in letters or "a" in letters else []), *([] if "l" in letters else [station])]
    if "u" in letters or "t" not in letters:
        chosen.append(udp)
    width = len(title) if "p" in letters else title.index("PID")
    return 0, text_of(["Active Internet connections (servers and established)", *(line[:width].rstrip() for line in (title, *chosen))])


def ifconfig(arguments: Arguments, world: World) -> Output:
    interfaces = _interfaces(world)
    wanted = [name for name in arguments if name != "-a"] or list(interfaces)
    if wanted[0] not in interfaces:
        return 1, f"ifconfig: {wanted[0]}: error fetching interface information: Device not found\n"
    lines = []
    for name in wanted:
        kind, mtu = ("Local Loopback", 65536) if name == "lo" else (f"Ethernet  HWaddr {world.identity.mac}", 1500)
        lines += [
            f"{name:9} Link encap:{kind}",
            f"          inet addr:{interfaces[name].ip}  Mask:{interfaces[name].netmask}",
            f"          UP RUNNING  MTU:{mtu}  Metric:1",
            f"          RX packets:{world.received * 7 + 4211} errors:0 dropped:0",
            f"          TX packets:{world.sent * 9 + 3977} errors:0 dropped:0",
            "",
        ]
    return 0, text_of(lines)


def route(arguments: Arguments, world: World) -> Output:
    interfaces = _interfaces(world)
    row = "{:15} {:15} {:15} {:5} 0      0        0 {}".format
    default = row("0.0.0.0" if "-n" in arguments else "default", _router(world), "0.0.0.0", "UG", "eth0")
    near = [row(str(interfaces[name].network.network_address), "0.0.0.0", "255.255.255.0", "U", name) for name in ("eth0", "br-lan")]
    title = "Destination     Gateway         Genmask         Flags Metric Ref    Use Iface"
    return 0, text_of(["Kernel IP routing table", title, default, *near])


def ip(arguments: Arguments, world: World) -> Output:
    interfaces = _interfaces(world)
    chosen = [name for name in interfaces if len(arguments) < 4 or name == arguments[3]]
    if not chosen:
        return 1, f'Device "{arguments[3]}" does not exist.\n'
    if arguments[0] == "neigh":
        return 0, text_of([f"{_router(world)} dev eth0 lladdr 02:42:ac:11:00:01 REACHABLE"] if "eth0" in chosen else [])
    if arguments[0] == "route":
        near = [f"{interfaces[name].network} dev {name} scope link" for name in chosen if name != "lo"]
        return 0, text_of([*([f"default via {_router(world)} dev eth0"] if "eth0" in chosen else []), *near])
    lines = []
    for number, name in enumerate(chosen, 1):
        lines += [f"{number}: {name}: <UP,LOWER_UP> mtu 1500 state UP", f"    link/ether {world.identity.mac.lower()}"]
        lines += [f"    inet {interfaces[name]} scope global {name}"] if arguments[0] == "addr" else []
    return 0, text_of(lines)


def ping(arguments: Arguments, world: World) -> Output:
    host, count, size = _host(arguments), value_of(arguments, "-c", 4), value_of(arguments, "-s", 56)
    address = _resolve(host)
    if address is None:
        return 1, f"ping: bad address '{host}'\n"
    chance = random.Random()
    times = [chance.uniform(9, 24) for _ in range(count)]
    lines = [
        f"PING {host} ({address}): {size} data bytes",
        *(f"{size + 8} bytes from {address}: seq={number} ttl=56 time={took:.3f} ms" for number, took in enumerate(times)),
        "",
        f"--- {host} ping statistics ---",
        f"{count} packets transmitted, {count} packets received, 0% packet loss",
        f"round-trip min/avg/max = {min(times):.3f}/{sum(times) / count:.3f}/{max(times):.3f} ms",
    ]
    return 0, text_of(lines)


def traceroute(arguments: Arguments, world: World) -> Output:
    host, most, tries = _host(arguments), value_of(arguments, "-m", 30), value_of(arguments, "-q", 3)
    address = _resolve(host)
    if address is None:
        return 1, f"traceroute: bad address '{host}'\n"
    hops = [_router(world), "100.64.0.1", "203.0.113.9", address][:most]
    lines = [f"traceroute to {host} ({address}), {most} hops max, 46 byte packets"]
    for number, hop in enumerate(hops, 1):
        lines.append(f"{number:2}  {hop}  " + "  ".join(f"{number * 4.1 + probe / 10:.3f} ms" for probe in range(tries)))
    return 0, text_of(lines)


def nslookup(arguments: Arguments, world: World) -> Output:
    host, server = arguments[0], arguments[1] if len(arguments) > 1 else "127.0.0.1"
    asked = [f"Server:\t\t{server}", f"Address:\t{_resolve(server) or server}:53", ""]
    address = _resolve(host)
    if address is None:
        return 1, text_of([*asked, f"** server can't find {host}: NXDOMAIN"])
    return 0, text_of([*asked, f"Name:\t{host}", f"Address: {address}"])
