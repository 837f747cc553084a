"""The report names failures with the reasons from the function's log."""

from __future__ import annotations

import json
from pathlib import Path

from muster.rehearse import report
from muster.rehearse.walk import Row

GOOD = Row("get_version", "GET", "/v4/version", 200, 612.4, 9.8)
BAD = Row("get_status", "GET", "/v4/status", 502, 700.0, 700.0, "answered 502")


def test_the_table_has_a_line_for_each_route() -> None:
    head, good, bad = report.table([GOOD, BAD]).splitlines()
    assert head.split() == ["route", "method", "status", "cold", "ms", "warm", "ms"]
    assert good.split() == ["get_version", "GET", "200", "612", "10"]
    assert bad.split()[-1] == "FAILED"


def test_a_trouble_comes_with_its_reason() -> None:
    lines = report.troubles([GOOD, BAD], {"get_status": ["No module named 'cryptography'"]})
    assert lines == ["get_status: answered 502 (No module named 'cryptography')"]


def test_a_failure_that_a_later_call_hid_is_told() -> None:
    assert report.troubles([GOOD], {"get_version": ["No module named 'x'"]}) == ["get_version: failed at least once (No module named 'x')"]


def test_a_missing_module_is_named(tmp_path: Path) -> None:
    line = {"function": "rehearsal-wisdm-get-status", "message": "Worker init failed: No module named 'cryptography'"}
    (tmp_path / "failures.jsonl").write_text(f"{json.dumps(line)}\n" * 2)
    assert report.failures(tmp_path / "failures.jsonl") == {"rehearsal-wisdm-get-status": ["No module named 'cryptography'"]}


def test_the_log_of_a_function_tells_its_exceptions_once() -> None:
    denied = "botocore.exceptions.ClientError: An error occurred (AccessDeniedException) when calling the PutItem operation: not authorized"
    line = json.dumps({"level": "ERROR", "exception": f"Traceback (most recent call last):\n  File …\n{denied}"})
    assert report.reasons(["START RequestId: 1", line, f"{line}\n{line}", "END"]) == [denied]
