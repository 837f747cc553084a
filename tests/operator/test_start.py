"""The entry of the `muster` command."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from muster.home import ROOT


@pytest.mark.parametrize("lines", [1, 100_000], ids=["in the buffer", "more than the buffer holds"])
def test_who_reads_no_further_gets_no_traceback(lines: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    code = f"from muster import command, start; command.main = lambda: print('a line\\n' * {lines}) or 0; raise SystemExit(start.main())"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, b"")
