"""Carries out the stages of a command: with simulated output, or by running programs on this machine."""

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
"""Most bytes of output in a result (device-plane.md 3)."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended: an exit code for each stage, and the last stage's output."""

    outcome: Literal["EXITED", "REFUSED", "TIMED_OUT"]
    exit_codes: tuple[int, ...]
    output: str
    truncated: bool = False


Shell = Callable[[Stages, float, Event], Outcome]
"""Runs stages that the allow-list accepted: stages, timeout in seconds, and an event that stops them."""


def make_outcome(outcome: Literal["EXITED", "TIMED_OUT"], codes: Sequence[int], output: bytes, cut: bool = False) -> Outcome:
    """An outcome with its output as text, truncated to the limit. NUL cannot be sent and is dropped."""
    text = output.decode(errors="replace").replace("\0", "").encode()
    return Outcome(outcome, tuple(codes), text[:CAP].decode(errors="ignore"), cut or len(text) > CAP)


def simulated_shell(world: World) -> Shell:
    """A shell with simulated programs; the filters behind them are real."""

    def run(stages: Stages, timeout: float, stop: Event) -> Outcome:
        first, *rest = stages
        world.drift()
        code, text = PROGRAMS[first[0]](first[1:], world)
        codes = [code]
        for name, *arguments in rest:
            code, text = FILTERS[name](arguments, text)
            codes.append(code)
        return make_outcome("EXITED", codes, text.encode())

    return run
