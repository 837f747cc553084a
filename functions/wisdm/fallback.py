"""Answers what no route of this API declares: unknown paths, undeclared methods, OPTIONS."""

from wisdm.dialect import api

handler = api.fallback(__file__)
