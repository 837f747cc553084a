"""Summaries of many values of a metric: how many, their sum, the least, the greatest, and the last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Values = Mapping[str, float]
"""One report: values by metric."""


@dataclass(frozen=True)
class Stat:
    """Values of one metric over a time, in the metric's own unit. `last` is the latest of them."""

    count: int
    sum: float
    least: float
    greatest: float
    last: float

    @classmethod
    def of(cls, value: float) -> Stat:
        return cls(1, value, value, value, value)

    @classmethod
    def read(cls, numbers: Iterable[float]) -> Stat:
        """A stat from its five numbers, in the order of the fields."""
        count, total, least, greatest, last = numbers
        return cls(int(count), total, least, greatest, last)

    @property
    def mean(self) -> float:
        return self.sum / self.count

    @property
    def numbers(self) -> list[float]:
        return [self.count, round(self.sum, 6), self.least, self.greatest, self.last]

    def then(self, later: Stat) -> Stat:
        """This and what followed it, as one."""
        return Stat(
            self.count + later.count,
            self.sum + later.sum,
            min(self.least, later.least),
            max(self.greatest, later.greatest),
            later.last,
        )


def of(values: Values) -> dict[str, Stat]:
    return {name: Stat.of(value) for name, value in values.items()}


def together(parts: Iterable[Mapping[str, Stat]]) -> dict[str, Stat]:
    """The stats of several times in their order, as one; a metric is in there if any of them has it."""
    whole: dict[str, Stat] = {}
    for part in parts:
        for name, stat in part.items():
            whole[name] = whole[name].then(stat) if name in whole else stat
    return whole
