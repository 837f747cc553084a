"""The entry of the `muster` command."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from muster.build.deploy import summary
from muster.home import ROOT
from tests.operator.console import Console


@pytest.mark.parametrize("lines", [1, 100_000], ids=["in the buffer", "more than the buffer holds"])
def test_who_reads_no_further_gets_no_traceback(lines: int) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    code = f"from muster import command, start; command.main = lambda: print('a line\\n' * {lines}) or 0; raise SystemExit(start.main())"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, b"")


def test_the_next_steps_after_a_deployment_are_commands_that_succeed(muster: Console) -> None:
    commands = [line.split()[1:] for line in summary("muster").splitlines() if line.startswith("  ")]
    assert [words[:2] for words in commands] == [["organization", "create"], ["api-key", "create"], ["token", "create"]]
    assert [muster(*words).code for words in commands] == [0, 0, 0]
    assert summary("depot").count(" --stack depot ") == 3
