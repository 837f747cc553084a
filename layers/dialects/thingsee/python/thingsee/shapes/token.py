"""Tokens (thingsee.md 2)."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from edge.shape import Strict

CredentialText = Annotated[str, Field(min_length=1, max_length=256)]


class CredentialsIn(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"client_id": "field-app-7", "client_secret": "blue-anchor-7"}]})

    client_id: CredentialText
    client_secret: CredentialText


class Token(Strict):
    token: str


class TokenOut(Strict):
    model_config = ConfigDict(json_schema_extra={"examples": [{"data": {"token": "mKc0nWb3pSg1eyJ4IjoxNzY3NjA5NjAwfQ"}}]})

    data: Token
