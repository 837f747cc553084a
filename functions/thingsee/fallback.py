"""Answers below this API's paths what no route declares: unknown paths, other methods, preflights."""

import functools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from thingsee.dialect import api


@functools.cache
def allowed() -> Mapping[str, Sequence[str]]:
    """The methods of each path, as generated from the routes."""
    methods: Mapping[str, Sequence[str]] = json.loads((Path(__file__).parent / "allowed.json").read_text())
    return methods


handler = api.fallback(allowed)
