"""Sessions of the console (wisdm.md 10.1)."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import ConfigDict, Field

from fleet.identity.authenticate import LONGEST
from fleet.identity.session import Session
from fleet.identity.sign_in import Proof
from wisdm.shapes.fields import Blank, Text, Timestamp, WisdmShape, format_time


class Confirmation(WisdmShape):
    """The password, and the code of the authenticator if the account has one."""

    password: Annotated[Text, Field(min_length=1, max_length=LONGEST)]
    verification_code: Annotated[str | None, Field(pattern=r"^[0-9]{6}$"), Blank()] = None

    def to_proof(self) -> Proof:
        return Proof(self.password, self.verification_code)


class SessionIn(Confirmation):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "admin@harbour.example", "password": "correct horse 9!", "verificationCode": "492039"}]}
    )

    email: Annotated[Text, Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]


class SessionOut(WisdmShape):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"token": "wds_aWDxqnsOf34ADHwd_xU2mB8kq0Zr4Hc1vT9yLw3sNe6pJd5gQf7aXi2oKuVE", "expiresAt": "2026-01-05T10:00:00Z"}]
        }
    )

    token: str
    expires_at: Timestamp

    @classmethod
    def of(cls, token: str, session: Session) -> Self:
        return cls(token=token, expires_at=format_time(session.expires))
