"""Answers what no route of this API declares: unknown paths, undeclared methods, OPTIONS."""

from thingsee.dialect import api

handler = api.fallback(__file__)
