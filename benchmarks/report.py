"""The results as a table: printed, and written to docs/budgets.md."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks import lists
from benchmarks.units import LARGE, SMALL
from muster.home import ROOT

DOCUMENT = ROOT / "docs" / "budgets.md"
BEGIN, END = "<!-- written by make bench ARGS=--write: begin -->", "<!-- end -->"
NONE = "-"
WARM, COLD, COLD_SAME, COLD_LARGER = 1.5, 1.3, 1.6, 2.0
"""The budgets: warm over bare calls; cold over bare calls on a plain boto3, and on the layer's; and where a further layer is reached."""
COLD_LIMIT = 1.6
"""The upper limit of the cold ratio to an unmodified boto3, except for routes with a further layer."""
PASSWORD = math.inf
"""Routes that hash passwords have no budget: the hash is slow on purpose."""


def ratio(times: Mapping[str, Any], base: str) -> str:
    """The ratio of a route's time to the baseline, or a hyphen."""
    return f"{times['route'] / times[base]:.2f}" if "route" in times else NONE


def text(results: Mapping[str, Any]) -> str:
    return "\n".join(_lines(results))


def write(results: Mapping[str, Any]) -> None:
    """Write the table between the marks of the document."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text("\n".join([before + BEGIN, "", *_lines(results), "", END]) + after)


def _lines(results: Mapping[str, Any]) -> Iterator[str]:
    machine, load = results["machine"], results["load"]
    yield f"{machine['processors']} processors ({machine['architecture']}), load {load['before']:.1f} before and {load['after']:.1f} after,"
    yield f"Python {machine['python']}, boto3 {machine['boto3']}, pydantic {machine['pydantic']}. {results['seconds']} s."
    yield ""
    yield "| route | requests | read units | write units | warm ms | ÷ bare | cold ms | ÷ bare, plain boto3 | ÷ bare, same layer |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for name, route in sorted(results["routes"].items()):
        cells = _cells(route)
        yield f"| {name} | {' | '.join(cells)} |"
    yield ""
    yield from _summary(results["routes"])
    if "lists" in results:
        yield from ("", *lists.text(results["lists"]))


def _cells(route: Mapping[str, Any]) -> list[str]:
    budgets = (
        (PASSWORD, PASSWORD, PASSWORD)
        if route["hashes"]
        else (WARM, COLD_LARGER, COLD_LARGER)
        if route["layers"]
        else (WARM, COLD, COLD_SAME)
    )
    return [*_units(route.get("units")), *_warm(route["warm"], budgets[0]), *_cold(route["cold"], *budgets[1:])]


def _units(units: Mapping[str, Any] | None) -> Iterator[str]:
    """Each number in the small fleet, and in the large one where it differs."""
    for part in ("requests", "reads", "writes"):
        small, large = (units[str(size)][part] if units else NONE for size in (SMALL, LARGE))
        yield _number(small) if small == large else f"{_number(small)} → {_number(large)} **!**"


def _number(number: Any) -> str:
    return f"{number:g}" if isinstance(number, int | float) else str(number)


def _warm(times: Mapping[str, Any], budget: float) -> Iterator[str]:
    yield f"{times['route']:.1f}" if "route" in times else NONE
    yield _held(ratio(times, "bare"), budget)


def _cold(times: Mapping[str, Any], plain: float, same: float) -> Iterator[str]:
    yield f"{times['route']:.0f}" if "route" in times else NONE
    yield _held(ratio(times, "plain"), plain)
    yield _held(ratio(times, "bare"), same)


def _held(shown: str, budget: float) -> str:
    return f"{shown} **!**" if shown != NONE and float(shown) > budget else shown


def _summary(routes: Mapping[str, Any]) -> Iterator[str]:
    """How many routes are within each budget."""
    lines = [_cells(route) for route in routes.values()]
    for column, name in (
        (0, "requests"),
        (1, "read units"),
        (2, "write units"),
        (4, "warm"),
        (6, "cold, plain boto3"),
        (7, "cold, same layer"),
    ):
        cells = [line[column] for line in lines if line[column] != NONE]
        yield f"* {name}: {sum('!' not in cell for cell in cells)} of {len(cells)} routes"
    ratios = [float(ratio(route["cold"], "plain")) for route in routes.values() if "route" in route["cold"]]
    yield f"* cold, plain boto3, within {COLD_LIMIT}: {sum(each <= COLD_LIMIT for each in ratios)} of {len(ratios)} routes"
