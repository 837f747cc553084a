"""The output of a simulated gateway's system programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from muster.simulate.filters import text_of
from muster.simulate.network_programs import value_of
from muster.simulate.syslog import log_lines
from muster.simulate.world import DISK, World

Arguments = Sequence[str]
Output = tuple[int, str]
_MEMORY = 507904
"""Main memory in KiB."""
_TASKS = (
    (1, 1540, "/sbin/procd"),
    (812, 1108, "/usr/sbin/dropbear"),
    (902, 1316, "/usr/sbin/dnsmasq"),
    (1104, 4204, "nginx: master process /usr/sbin/nginx"),
    (1290, 3872, "/usr/sbin/mosquitto"),
    (1466, 9120, "/usr/bin/station"),
)
"""Process number, memory in KiB, command line."""


def _size(kib: int, arguments: Arguments) -> str:
    if "-h" in arguments:
        return f"{kib / 2**20:.1f}G" if kib >= 2**20 else f"{kib / 2**10:.1f}M"
    return str(kib // 1024 if "-m" in arguments else kib)


def df(arguments: Arguments, world: World) -> Output:
    row = "{:20} {:>10} {:>9} {:>9} {:>4} {}".format
    unit = "Size" if "-h" in arguments else "1M-blocks" if "-m" in arguments else "1K-blocks"
    lines = [row("Filesystem", unit, "Used", "Available", "Use%", "Mounted on")]
    free = int(world.free) * 1024
    for name, size, left, at in (
        ("/dev/root", 6144, 0, "/rom"),
        ("overlayfs:/overlay", DISK * 1024, free, "/"),
        ("tmpfs", 253952, 251904, "/tmp"),
    ):
        sizes = [_size(part, arguments) for part in (size, size - left, left)]
        lines.append(row(name, *sizes, f"{100 - 100 * left // size}%", at))
    return 0, text_of(lines)


def _used_memory(world: World) -> int:
    return int(_MEMORY * world.memory / 100)


def free(arguments: Arguments, world: World) -> Output:
    row = "{:6} {:>11} {:>11} {:>11} {:>11} {:>11} {:>11}".format
    used, cache = _used_memory(world), 39936
    sizes = [_size(part, arguments) for part in (_MEMORY, used, _MEMORY - used - cache, 1024, cache, _MEMORY - used)]
    return 0, text_of([row("", "total", "used", "free", "shared", "buff/cache", "available"), row("Mem:", *sizes)])


def _load(world: World) -> str:
    return f"{world.cpu / 50:.2f}, {world.cpu / 60:.2f}, {world.cpu / 70:.2f}"


def uptime(arguments: Arguments, world: World) -> Output:
    days, minutes = divmod(world.uptime // 60, 1440)
    up = f"{days} days, {minutes // 60:2}:{minutes % 60:02}"
    return 0, f" {datetime.now(UTC):%H:%M:%S} up {up},  load average: {_load(world)}\n"


def date(arguments: Arguments, world: World) -> Output:
    return 0, f"{datetime.now(UTC):%a %b %e %H:%M:%S UTC %Y}\n"


def uname(arguments: Arguments, world: World) -> Output:
    whole = f"Linux {world.identity.model} 5.10.176 #0 SMP Thu Apr 27 20:28:15 2023 aarch64 GNU/Linux"
    return 0, text_of([whole if arguments else "Linux"])


def ps(arguments: Arguments, world: World) -> Output:
    tasks = [f"{number:5} root     {memory:7} S    {line}" for number, memory, line in _TASKS]
    return 0, text_of(["  PID USER         VSZ STAT COMMAND", *tasks])


def top(arguments: Arguments, world: World) -> Output:
    lines = []
    for _ in range(value_of(arguments, "-n", 1)):
        world.drift()
        used = _used_memory(world)
        lines += [f"Mem: {used}K used, {_MEMORY - used}K free", f"CPU: {round(world.cpu):3}% usr   2% sys", f"Load average: {_load(world)}"]
        lines.append("  PID  PPID USER     STAT    VSZ %VSZ COMMAND")
        lines += [f"{number:5}     1 root     S    {memory:7}  {memory * 100 // _MEMORY:2}% {line}" for number, memory, line in _TASKS]
    return 0, text_of(lines)


def logread(arguments: Arguments, world: World) -> Output:
    return 0, text_of(log_lines(world, value_of(arguments, "-l", 100)))
