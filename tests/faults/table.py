"""Writes and reads the table of docs/faults.md: trials by place, and their results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from muster.home import ROOT
from tests.faults.trial import KINDS, Report

PAGE = ROOT / "docs/faults.md"
BEGIN, END = "<!-- written by make faults: begin -->", "<!-- end -->"


def write(file: Path, reports: Mapping[str, Report]) -> None:
    """Write the table of these reports between the marks of the file."""
    before, _, rest = file.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    file.write_text("\n".join([before + BEGIN, "", *_lines(reports), "", END]) + after)


def read() -> tuple[Sequence[str], Sequence[str]]:
    """The kinds of faults and the places in the page's table."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in _written(PAGE.read_text()) if line.startswith("| ")]
    return rows[0][2:], [place for place, *_ in rows[1:]]


def _written(page: str) -> Sequence[str]:
    return page.partition(BEGIN)[2].partition(END)[0].splitlines()


def _lines(reports: Mapping[str, Report]) -> Iterator[str]:
    tallies = [tally for report in reports.values() for tally in report.tallies.values()]
    tries, hit, again, lost, doubled = (sum(getattr(t, name) for t in tallies) for name in ("tries", "hit", "again", "lost", "doubled"))
    yield f"{tries:,} tries at {len(reports)} places met {hit:,} faults: {lost} lost, {doubled} doubled."
    yield f"In {again} of them an order that its caller had repeated was carried out again, as a second order."
    yield ""
    yield f"| place | calls | {' | '.join(KINDS)} |"
    yield f"|---|---|{'---|' * len(KINDS)}"
    for place in sorted(reports):
        cells = [f"{tally.tries} · {tally.lost} · {tally.doubled}" for tally in reports[place].tallies.values()]
        yield f"| {place} | {len(reports[place].calls)} | {' | '.join(cells)} |"
