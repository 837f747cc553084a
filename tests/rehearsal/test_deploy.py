"""`muster deploy` reports in one line why it cannot begin."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from muster.home import ROOT


def test_without_credentials_nothing_is_built(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    nowhere = {name: str(tmp_path / "none") for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE")}
    environment = clean | nowhere | {"AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "eu-west-1"}
    command = [str(Path(sys.executable).with_name("muster")), "deploy"]
    deployment = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (deployment.returncode, deployment.stdout) == (1, "")
    assert deployment.stderr.startswith("muster: there are no AWS credentials that work")
    assert deployment.stderr.count("\n") == 1


def test_its_defaults_are_there() -> None:
    assert "CAPABILITY_AUTO_EXPAND" in (ROOT / "samconfig.toml").read_text()
