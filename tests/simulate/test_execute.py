"""Executed commands: argument arrays, a clean environment, and a time limit."""

from __future__ import annotations

import subprocess
import time
from threading import Event, Timer

import pytest

from muster.simulate import execute
from muster.simulate.shell import CAP, Outcome


def run(*stages: list[str], timeout: float = 5) -> Outcome:
    return execute.run(stages, timeout, Event())


def test_runs_a_pipeline() -> None:
    assert run(["printf", r"b\na\nb\n"], ["sort"], ["uniq", "-c"]) == Outcome("EXITED", (0, 0, 0), "      1 a\n      2 b\n")


def test_reports_the_exit_code_of_each_stage() -> None:
    assert run(["uname"], ["grep", "-F", "nosuchthing"]) == Outcome("EXITED", (0, 1), "")


def test_there_is_no_shell() -> None:
    assert run(["echo", "$HOME;", "`id`", "|", "cat"]).output == "$HOME; `id` | cat\n"


def test_there_is_no_environment_and_no_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_SECRET", "x")
    assert run(["env"]).output == ""
    assert run(["cat"]) == Outcome("EXITED", (0,), "")


def test_there_is_no_terminal() -> None:
    assert run(["tty"]) == Outcome("EXITED", (1,), "not a tty\n")


def test_waits_for_every_stage_but_not_beyond_its_time() -> None:
    assert run(["sleep", "30"], ["true"], timeout=0.3).outcome == "TIMED_OUT"
    assert run(["sleep", "0.1"], ["true"]) == Outcome("EXITED", (0, 0), "")


def test_programs_are_looked_up_in_system_folders_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(["uname"]).output == "Linux\n"
    assert run(["nosuchprogram"]) == Outcome("EXITED", (127,), "nosuchprogram: not found\n")


def test_its_time_is_up() -> None:
    begin = time.monotonic()
    outcome = run(["sleep", "30"], ["cat"], timeout=0.3)
    assert outcome.outcome == "TIMED_OUT"
    assert time.monotonic() - begin < 3


def test_stops_at_once_and_leaves_no_process() -> None:
    stop, begin = Event(), time.monotonic()
    Timer(0.2, stop.set).start()
    assert execute.run([["sleep", "31.4159"]], 30, stop).outcome == "TIMED_OUT"
    assert time.monotonic() - begin < 3
    assert "31.4159" not in subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True).stdout


def test_output_is_cut_and_the_rest_is_dropped() -> None:
    outcome = run(["seq", "1", "100000"])
    assert (len(outcome.output), outcome.truncated, outcome.exit_codes) == (CAP, True, (0,))


def test_a_writer_whose_reader_has_had_enough_has_not_failed() -> None:
    assert run(["yes"], ["head", "-n", "2"]) == Outcome("EXITED", (0, 0), "y\ny\n")


def test_what_the_last_stage_complains_of_is_told() -> None:
    outcome = run(["ls", "/nosuchfolder"])
    assert outcome.exit_codes == (2,)
    assert "nosuchfolder" in outcome.output
