"""The path of an application, and the loader of the organization that it is."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from fleet.aws.reads import Read
from fleet.grants import uses
from fleet.tenancy.organization import Organization
from fleet.tenancy.organizations import Organizations
from wegnology.shapes.fields import WegnologyShape

APPLICATION = "Application"
"""What this API calls an organization."""


class ApplicationPath(WegnologyShape):
    """Any text: one that is no id is not found."""

    application_id: Annotated[str, AfterValidator(str.lower)]


@uses(Organizations.by_id)
def application(path: ApplicationPath) -> Read[Organization]:
    return Organizations.by_id(path.application_id)
