"""Registering a gateway (wisdm.md 4.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import ConfigDict, Field

from fleet.aws.reads import Read
from fleet.configuration import register
from fleet.configuration.register import Candidate, Registration
from fleet.errors import Invalid, Problem
from fleet.grants import uses
from wisdm.shapes import pem
from wisdm.shapes.fields import Blank, Eui, Name, SerialNumber, WisdmShape, length_when_trimmed
from wisdm.shapes.paths import LocationPath

_CREDENTIALS: Mapping[str, tuple[str, str, Any]] = {
    "clientCertificate": ("bs_client_certificate", "bsClientCertificate", pem.check_certificate),
    "clientKey": ("bs_client_key", "bsClientKey", pem.check_private_key),
    "token": ("bs_token", "bsToken", pem.check_token),
}


class RegistrationIn(WisdmShape):
    """A gateway to register. Which credentials count, the location decides; the others are not looked at."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"sn": "918100A1B2C3D4E501", "eui": "AC1F09FFFE0A1B2C", "name": "Pier 1", "bsToken": "Authorization: eyJh"}]
        }
    )

    sn: SerialNumber
    eui: Eui
    name: Annotated[Annotated[Name, Field(min_length=1, max_length=64, json_schema_extra=length_when_trimmed)] | None, Blank()] = None
    bs_has_local_auth_suite: bool = False
    bs_client_certificate: Annotated[Any, Blank()] = None
    bs_client_key: Annotated[Any, Blank()] = None
    bs_token: Annotated[Any, Blank()] = None

    def to_registration(self) -> Registration:
        return Registration(self.sn, self.eui.lower(), self.name, self.bs_has_local_auth_suite, self._check_credentials)

    def _check_credentials(self, needed: Sequence[str]) -> Mapping[str, str]:
        """The needed credentials by name. Invalid: some are missing or not of the right form."""
        credentials, problems = {}, []
        for name in needed:
            attribute, field, check = _CREDENTIALS[name]
            value = getattr(self, attribute)
            try:
                credentials[name] = check(value if isinstance(value, str) else "")
            except ValueError as error:
                message = str(error) if value is not None else "is required by the location's authentication mode"
                problems.append(Problem((field,), message))
        if problems:
            raise Invalid(*problems)
        return credentials


@uses(register.candidate)
def candidate(path: LocationPath, body: RegistrationIn) -> Read[Candidate]:
    return register.candidate(path.location_id, body.sn)


class GatewayRegistered(WisdmShape):
    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"locationId": "6920f1aa-7b0e-8f7e-8000-000c7c1de9a0", "sn": "918100A1B2C3D4E501", "eui": "AC1F09FFFE0A1B2C"}]
        }
    )

    location_id: str
    sn: str
    eui: str
