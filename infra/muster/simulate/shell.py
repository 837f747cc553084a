"""Carrying out the stages of a command: made up from what a gateway would say, or really run on this machine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Event
from typing import Literal

from muster.simulate.filters import FILTERS
from muster.simulate.programs import PROGRAMS
from muster.simulate.world import World

Stages = Sequence[Sequence[str]]
CAP = 64 * 1024
"""Bytes of output that are reported (device-plane.md 3)."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended: an exit code for each stage, and what the last stage wrote."""

    outcome: Literal["EXITED", "REFUSED", "TIMED_OUT"]
    exit_codes: tuple[int, ...]
    output: str
    truncated: bool = False


Shell = Callable[[Stages, float, Event], Outcome]
"""Runs stages that the allow-list has passed, for at most so many seconds and while the event is not set."""


def capped(outcome: Literal["EXITED", "TIMED_OUT"], codes: Sequence[int], output: bytes, cut: bool = False) -> Outcome:
    """An outcome with its output as text, cut where it is too long. NUL cannot be sent and is left out."""
    text = output.decode(errors="replace").replace("\0", "").encode()
    return Outcome(outcome, tuple(codes), text[:CAP].decode(errors="ignore"), cut or len(text) > CAP)


def played(world: World) -> Shell:
    """A shell that makes up what the gateway's programs say; the filters behind them are real."""

    def run(stages: Stages, timeout: float, stop: Event) -> Outcome:
        first, *rest = stages
        world.drift()
        code, text = PROGRAMS[first[0]](first[1:], world)
        codes = [code]
        for name, *arguments in rest:
            code, text = FILTERS[name](arguments, text)
            codes.append(code)
        return capped("EXITED", codes, text.encode())

    return run
