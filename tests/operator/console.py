"""The command as an operator types it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from muster.command import main
from tests.harness.canary import watch_output, watch_secret, watch_secrets_in

_SECRETS = {"password", "totpSecret", "clientSecret", "privateSigningKey", "privateSealingKey"}
"""What commands show once, beside API keys."""


@dataclass(frozen=True)
class Said:
    """How the command ended, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Console:
    """Runs the command and reads what it prints."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Said:
        watch_output("".join(self._capsys.readouterr()))
        try:
            code = main(arguments)
        except SystemExit as ended:  # argparse ends so when it does not understand
            code = int(ended.code or 0)
        said = self._capsys.readouterr()
        if "--json" in arguments and said.out.startswith("{"):
            made = json.loads(said.out)
            for name in _SECRETS & made.keys():
                watch_secret(made[name])
        watch_secrets_in(said.out)
        return Said(code, said.out, said.err)

    def refused(self, *arguments: str) -> str:
        """Run what must be refused, in one line; the line."""
        said = self(*arguments)
        assert (said.code, said.out) == (1, ""), said
        assert said.err.count("\n") == 1
        return said.err

    def misused(self, *arguments: str) -> str:
        """Run what is not understood or breaks a rule; what is said of it."""
        said = self(*arguments)
        assert (said.code, said.out) == (2, ""), said
        return said.err
