"""The filters of a pipeline behave like the programs of their names."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from fleet.commands import allow_list
from muster.simulate.filters import FILTERS

TEXT = "delta 10\nalpha 9\nalpha 9\nBeta.x 100\n\ngamma -3\nalphabet 1\n"


@pytest.mark.parametrize("text", [TEXT, "", "one line\n", "no end", "a\n\n"])
@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("grep", "alpha"),
        ("grep", "-i beta"),
        ("grep", "-v alpha"),
        ("grep", "-c alpha"),
        ("grep", "-n alpha"),
        ("grep", "-w alpha"),
        ("grep", "-inw ALPHA"),
        ("grep", "-F a.x"),
        ("grep", "a.x"),
        ("grep", "nothing"),
        ("grep", "-vc alpha"),
        ("head", ""),
        ("head", "-n 2"),
        ("tail", ""),
        ("tail", "-n 2"),
        ("tail", "-n 500"),
        ("wc", "-l"),
        ("wc", "-w"),
        ("wc", "-c"),
        ("wc", ""),
        ("sort", ""),
        ("sort", "-r"),
        ("sort", "-n"),
        ("sort", "-u"),
        ("sort", "-nr"),
        ("sort", "-ru"),
        ("uniq", ""),
        ("uniq", "-c"),
        ("uniq", "-d"),
    ],
)
def test_says_what_the_real_program_says(name: str, args: str, text: str) -> None:
    program = shutil.which(name)
    assert program, f"{name} is not on this machine"
    (_, stage) = allow_list.parse("uptime", "", [(name, args)])
    real = subprocess.run([program, *stage[1:]], check=False, input=text, capture_output=True, text=True, env={"LC_ALL": "C"}, timeout=10)
    assert FILTERS[name](stage[1:], text) == (real.returncode, with_line_end(real.stdout))


def with_line_end(output: str) -> str:
    """Programs differ in whether they terminate a last line; ours always do."""
    return output if not output or output.endswith("\n") else f"{output}\n"


def test_there_is_a_filter_for_all_that_is_allowed() -> None:
    assert FILTERS.keys() == allow_list.FILTERS.keys()
