"""The filters of a pipeline, in Python: each takes arguments and input text, and returns an exit code and output text."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence

Filter = Callable[[Sequence[str], str], tuple[int, str]]


def lines_of(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def text_of(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _letters(arguments: Sequence[str]) -> str:
    return "".join(argument[1:] for argument in arguments if argument.startswith("-"))


def grep(arguments: Sequence[str], text: str) -> tuple[int, str]:
    """A search for a fixed string; 1 when no line is chosen."""
    options = _letters(arguments)
    wanted = re.escape(next(argument for argument in arguments if not argument.startswith("-")))
    search = re.compile(rf"(?<!\w){wanted}(?!\w)" if "w" in options else wanted, re.IGNORECASE if "i" in options else 0)
    chosen = [(number, line) for number, line in enumerate(lines_of(text), 1) if bool(search.search(line)) != ("v" in options)]
    code = 0 if chosen else 1
    if "c" in options:
        return code, f"{len(chosen)}\n"
    return code, text_of([f"{number}:{line}" if "n" in options else line for number, line in chosen])


def _how_many(arguments: Sequence[str]) -> int:
    return int(arguments[1]) if arguments else 10


def head(arguments: Sequence[str], text: str) -> tuple[int, str]:
    return 0, text_of(lines_of(text)[: _how_many(arguments)])


def tail(arguments: Sequence[str], text: str) -> tuple[int, str]:
    return 0, text_of(lines_of(text)[-_how_many(arguments) :])


def wc(arguments: Sequence[str], text: str) -> tuple[int, str]:
    counts = {"l": text.count("\n"), "w": len(text.split()), "c": len(text.encode())}
    asked = _letters(arguments)
    return 0, f"{counts[asked]}\n" if asked else " ".join(f"{count:7}" for count in counts.values()) + "\n"


def sort(arguments: Sequence[str], text: str) -> tuple[int, str]:
    """By bytes, or by the number that a line begins with."""
    options = _letters(arguments)
    by: Callable[[str], tuple[float, bytes]] = (
        (lambda line: (_number(line), line.encode())) if "n" in options else (lambda line: (0.0, line.encode()))
    )
    lines = sorted(lines_of(text), key=by, reverse="r" in options)
    if "u" in options:
        lines = [next(same) for _, same in itertools.groupby(lines, key=_number if "n" in options else str)]
    return 0, text_of(lines)


def _number(line: str) -> float:
    found = re.match(r"\s*(-?\d+(?:\.\d+)?)", line)
    return float(found[1]) if found else 0.0


def uniq(arguments: Sequence[str], text: str) -> tuple[int, str]:
    counted = [(line, len(list(same))) for line, same in itertools.groupby(lines_of(text))]
    if "-d" in arguments:
        return 0, text_of([line for line, count in counted if count > 1])
    return 0, text_of([f"{count:7} {line}" if "-c" in arguments else line for line, count in counted])


FILTERS: dict[str, Filter] = {"grep": grep, "head": head, "tail": tail, "wc": wc, "sort": sort, "uniq": uniq}
