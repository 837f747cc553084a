"""Clients that a generator makes from the committed OpenAPI documents, and their calls into the routes through the local API."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_type_hints
from urllib.parse import quote

import httpx
import pytest
from openapi_python_client.strings import PythonIdentifier

from edge.entry import Entry
from muster.entries import dialects, fallbacks
from muster.home import ROOT
from muster.local.adapter import Gateway
from tests.harness.call import SOURCE
from tests.harness.documents import document
from tests.suite.routes import every_route

_CONFIG = "post_hooks: []\n"
"""Nothing is formatted: nobody reads what was generated."""


@contextmanager
def packages(folder: Path) -> Iterator[Mapping[str, str]]:
    """Generate a package for each API and make it importable; yields their names by API."""
    (folder / "config.yaml").write_text(_CONFIG)
    names = {dialect: f"{dialect}_client" for dialect in dialects()}
    for dialect, package in names.items():
        _generate(dialect, folder / package, folder / "config.yaml")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield names


def _generate(dialect: str, into: Path, config: Path) -> None:
    """Fails where the generator only warns, too: it leaves out what it does not understand."""
    command = [
        str(Path(sys.executable).with_name("openapi-python-client")),
        "generate",
        *("--path", str(ROOT / "docs/openapi" / f"{dialect}.json")),
        *("--output-path", str(into)),
        *("--config", str(config)),
        *("--meta", "none", "--fail-on-warning"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def local_api() -> httpx.WSGITransport:
    """The API as `make up` serves it, called in this process."""
    gateway = Gateway(every_route(), fallbacks())

    def app(environ: dict[str, Any], start: Any) -> Any:
        uri = f"{quote(environ['PATH_INFO'], safe='/')}?{environ['QUERY_STRING']}"
        return gateway({**environ, "REQUEST_URI": uri}, start)

    return httpx.WSGITransport(app=app, remote_addr=SOURCE)


@dataclass(frozen=True)
class GeneratedClient:
    """The package that was generated for an API, whose calls end in `transport`."""

    package: str
    transport: httpx.BaseTransport

    def call(self, entry: Entry, path: Mapping[str, str], query: Mapping[str, str], headers: Mapping[str, str]) -> Any:
        """The generated function's Response. Its arguments are of the types that it declares."""
        ((header, credential),) = headers.items()
        prefix, _, token = credential.rpartition(" ")
        client = importlib.import_module(f"{self.package}.client").AuthenticatedClient(
            base_url="http://muster.example",
            token=token,
            prefix=prefix,
            auth_header_name=header,
            raise_on_unexpected_status=True,
            httpx_args={"transport": self.transport},
        )
        return self._function(entry)(client=client, **self._arguments(entry, {**path, **query}))

    def _function(self, entry: Entry) -> Any:
        route = entry.route
        (tag,) = document(route.dialect)["paths"][route.resource][route.method.lower()]["tags"]
        return importlib.import_module(f"{self.package}.api.{tag}.{route.name}").sync_detailed

    def _arguments(self, entry: Entry, values: Mapping[str, str]) -> dict[str, Any]:
        declared = get_type_hints(self._function(entry))
        names = {PythonIdentifier(name, prefix="field_"): text for name, text in values.items()}
        return {name: _typed(text, declared[name]) for name, text in names.items()}


def _typed(text: str, declared: Any) -> Any:
    """A value as an instance of the declared type, or of one of several."""
    for kind in get_args(declared) or (declared,):
        if issubclass(kind, Enum | int | float):
            return kind(text)
        if issubclass(kind, datetime):
            return datetime.fromisoformat(text)
    return text
