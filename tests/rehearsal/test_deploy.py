"""`muster deploy` says in one line when it cannot begin."""

from __future__ import annotations

from pathlib import Path

import pytest

from muster import command
from muster.cloud.home import ROOT


def test_without_credentials_nothing_is_built(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    assert command.main(["deploy"]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("muster: there are no AWS credentials that work")
    assert told.err.count("\n") == 1


def test_its_defaults_are_there() -> None:
    assert "CAPABILITY_AUTO_EXPAND" in (ROOT / "samconfig.toml").read_text()
