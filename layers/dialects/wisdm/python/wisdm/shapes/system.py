"""The version and the organization (wisdm.md 3.1 and 3.2)."""

from __future__ import annotations

from typing import Self

from pydantic import ConfigDict

from fleet.ids import to_uuid
from fleet.tenancy.organization import Organization
from wisdm.shapes.fields import WisdmShape

VERSION = "4.0.0"
"""The version of this API."""


class VersionOut(WisdmShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"version": "v4.0.0", "commitId": "9f31c2e"}]})

    version: str
    commit_id: str


class OrganizationOut(WisdmShape):
    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": "0b6f3f0e-5a2c-8f0e-8000-0001d6f2b7c9", "name": "Northwind Gateways"}]}
    )

    id: str
    name: str

    @classmethod
    def of(cls, organization: Organization) -> Self:
        return cls(id=to_uuid(organization.id), name=organization.name)
