"""Answers below this API's paths what no route declares: unknown paths, other methods, OPTIONS."""

from media.dialect import api

handler = api.fallback(__file__)
