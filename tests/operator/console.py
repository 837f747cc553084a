"""Runs `muster` as an operator does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from muster.command import main
from tests.harness.canary import watch_output, watch_secret, watch_secrets_in

_SECRETS = {"password", "totpSecret", "clientSecret", "privateSigningKey", "privateSealingKey"}
"""Secrets in JSON output that are shown once, besides API keys."""


@dataclass(frozen=True)
class CommandOutput:
    """A command's exit status and output."""

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

    def __call__(self, *arguments: str) -> CommandOutput:
        watch_output("".join(self._capsys.readouterr()))
        try:
            code = main(arguments)
        except SystemExit as ended:  # argparse exits on a usage error
            code = int(ended.code or 0)
        output = self._capsys.readouterr()
        if "--json" in arguments and output.out.startswith("{"):
            result = json.loads(output.out)
            for name in _SECRETS & result.keys():
                watch_secret(result[name])
        watch_secrets_in(output.out)
        return CommandOutput(code, output.out, output.err)

    def refused(self, *arguments: str) -> str:
        """Run a command that must be refused with one line; returns the line."""
        output = self(*arguments)
        assert (output.code, output.out) == (1, ""), output
        assert output.err.count("\n") == 1
        return output.err

    def misused(self, *arguments: str) -> str:
        """Run a command with invalid options; returns the message."""
        output = self(*arguments)
        assert (output.code, output.out) == (2, ""), output
        return output.err
