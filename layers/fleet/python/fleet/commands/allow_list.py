"""The allow-list of commands: what a gateway may be asked to run (wisdm.md 6.2).

A command becomes arrays of arguments, one for each stage of its pipeline; nothing is ever joined into a string or
given to a shell. A gateway holds the same list, so that a forged message widens nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from fleet.errors import Invalid, Problem

Tokens = list[str]
Stages = tuple[tuple[str, ...], ...]
Rule = Callable[[Tokens], Tokens | None]
"""Takes the tokens of one stage; gives the arguments to run, or None when they are not allowed."""

ALLOWED = re.compile(r"[A-Za-z0-9 ._:/=,@%+-]*")
MOST_TOKENS, LONGEST_TOKEN = 16, 64
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")
_PATTERN = re.compile(r"[A-Za-z0-9._:/=,@%+][A-Za-z0-9._:/=,@%+-]{0,63}")
INTERFACES = frozenset({"eth0", "eth1", "wlan0", "wlan1", "wwan0", "br-lan", "lo"})


def _number(low: int, high: int) -> Callable[[str], bool]:
    return lambda token: re.fullmatch(r"0|[1-9][0-9]{0,4}", token) is not None and low <= int(token) <= high


def _interface(token: str) -> bool:
    return token in INTERFACES


def is_host(token: str) -> bool:
    """An IPv4 literal or a host name; what looks like a bad address is neither."""
    if re.fullmatch(r"[0-9.]+", token):
        parts = token.split(".")
        return len(parts) == 4 and all(re.fullmatch(r"0|[1-9][0-9]{0,2}", part) and int(part) < 256 for part in parts)
    return _HOST.fullmatch(token) is not None


def _exactly(*forms: str) -> Rule:
    """One of these sequences of tokens."""
    allowed = [form.split() for form in forms]
    return lambda tokens: tokens if tokens in allowed else None


def _bundles(letters: str) -> Rule:
    """None, or options of these letters, bundled at will."""
    bundle = re.compile(f"-[{letters}]+")
    return lambda tokens: tokens if all(bundle.fullmatch(token) for token in tokens) else None


def _options(
    flags: Sequence[str] = (),
    values: dict[str, Callable[[str], bool]] | None = None,
    hosts: tuple[int, int] = (0, 0),
    needed: Sequence[str] = (),
) -> Rule:
    """Options, each at most once, some with a value, and between so and so many hosts."""
    valued = values or {}

    def rule(tokens: Tokens) -> Tokens | None:
        seen: set[str] = set()
        operands, rest = 0, list(tokens)
        while rest:
            token = rest.pop(0)
            if token in seen:
                return None
            if token in valued:
                if not rest or not valued[token](rest.pop(0)):
                    return None
                seen.add(token)
            elif token in flags:
                seen.add(token)
            elif is_host(token):
                operands += 1
            else:
                return None
        return tokens if hosts[0] <= operands <= hosts[1] and seen.issuperset(needed) else None

    return rule


def _ping(tokens: Tokens) -> Tokens | None:
    values = {"-c": _number(1, 10), "-W": _number(1, 10), "-s": _number(0, 1400), "-I": _interface}
    allowed = _options(("-4",), values, hosts=(1, 1))(tokens)
    return allowed if allowed is None or "-c" in allowed else ["-c", "4", *allowed]


def _ip(tokens: Tokens) -> Tokens | None:
    match tokens:
        case [("addr" | "link" | "route" | "neigh"), *rest]:
            if rest in ([], ["show"]) or (len(rest) == 3 and rest[:2] == ["show", "dev"] and rest[2] in INTERFACES):
                return tokens
    return None


def _grep(tokens: Tokens) -> Tokens | None:
    """A fixed-string search for exactly one pattern."""
    options = [token for token in tokens if token.startswith("-")]
    patterns = [token for token in tokens if not token.startswith("-")]
    if len(patterns) != 1 or not _PATTERN.fullmatch(patterns[0]) or not all(re.fullmatch(r"-[ivcnwF]+", option) for option in options):
        return None
    return [*(["-F"] if not any("F" in option for option in options) else []), *options, patterns[0]]


FIRST: dict[str, Rule] = {
    "netstat": _bundles("anptulreiswWx"),
    "ifconfig": _exactly("", "-a", *sorted(INTERFACES)),
    "route": _exactly("", "-n"),
    "ip": _ip,
    "ping": _ping,
    "traceroute": _options(("-n",), {"-m": _number(1, 30), "-w": _number(1, 5), "-q": _number(1, 3)}, hosts=(1, 1)),
    "nslookup": _options(hosts=(1, 2)),
    "df": _exactly("", "-h", "-k", "-m"),
    "free": _exactly("", "-h", "-k", "-m"),
    "uptime": _exactly(""),
    "date": _exactly(""),
    "uname": _exactly("", "-a"),
    "ps": _exactly("", "w"),
    "top": _options(("-b",), {"-n": _number(1, 3)}, needed=("-b", "-n")),
    "logread": _options((), {"-l": _number(1, 500)}, needed=("-l",)),
}
FILTERS: dict[str, Rule] = {
    "grep": _grep,
    "head": _options((), {"-n": _number(1, 500)}),
    "tail": _options((), {"-n": _number(1, 500)}),
    "wc": _exactly("", "-l", "-w", "-c"),
    "sort": _bundles("nru"),
    "uniq": _exactly("", "-c", "-d"),
}


def tokens(args: str) -> Tokens | None:
    """Arguments taken apart, or None when no command may have them."""
    found = [token for token in args.split(" ") if token]
    fits = ALLOWED.fullmatch(args) and len(found) <= MOST_TOKENS and all(len(token) <= LONGEST_TOKEN for token in found)
    return found if fits else None


def arguments(rule: Rule, args: str) -> Tokens | None:
    """What a command of this rule is run with, or None when it is not allowed these arguments."""
    given = tokens(args)
    return None if given is None else rule(given)


def stage(rules: dict[str, Rule], command: str, args: str, *place: str | int) -> tuple[str, ...]:
    """One stage as an array of arguments. Invalid names what is not allowed, below `place`."""
    if command not in rules:
        raise Invalid(Problem((*place, "command"), "is not a command that is allowed here"))
    allowed = arguments(rules[command], args)
    if allowed is None:
        raise Invalid(Problem((*place, "args"), "has something that this command is not allowed"))
    return (command, *allowed)


def parse(command: str, args: str, pipes: Sequence[tuple[str, str]] = ()) -> Stages:
    """A command with the filters behind it, as one array of arguments a stage."""
    first = stage(FIRST, command, args)
    return (first, *(stage(FILTERS, name, given, "pipes", number) for number, (name, given) in enumerate(pipes)))


def check(stages: Sequence[Sequence[str]]) -> bool:
    """Whether a gateway may run these stages: each is what the list makes of itself."""
    if not 1 <= len(stages) <= 4 or not all(stages):
        return False
    try:
        first, *rest = ((given[0], " ".join(given[1:])) for given in stages)
        return parse(*first, rest) == tuple(tuple(given) for given in stages)
    except Invalid:
        return False
