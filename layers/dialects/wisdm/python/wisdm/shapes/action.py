"""Orders to a gateway's own system (wisdm.md 7.2 to 7.4)."""

from __future__ import annotations

import string
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from fleet.aws.reads import Read
from fleet.commands import give_order
from fleet.commands.commands import Earlier
from fleet.configuration.image import VERSION
from fleet.grants import uses
from fleet.registry.gateway import Factory, Gateway
from wisdm.shapes.fields import WisdmShape
from wisdm.shapes.paths import GatewayPath


def _check_strength(password: str) -> str:
    if not all(" " <= character <= "~" for character in password):
        raise ValueError("must be printable ASCII")
    if password != password.strip():
        raise ValueError("must not begin or end with a space")
    if not all(set(password) & set(kind) for kind in (string.ascii_letters, string.digits, string.punctuation)):
        raise ValueError("must have a letter, a digit and a special character")
    return password


class PasswordIn(WisdmShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"password": "StrongPass!2025"}]})

    password: Annotated[str, Field(min_length=12, max_length=128), AfterValidator(_check_strength)]


class UpgradeIn(WisdmShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"version": "2.2.13"}]})

    version: Annotated[str, Field(pattern=VERSION)]


@uses(give_order.addressed)
def gateway_and_last_reboot(path: GatewayPath) -> Read[give_order.Addressed]:
    return give_order.addressed(path.sn, "reboot")


@uses(give_order.addressed)
def gateway_and_last_upgrade(path: GatewayPath) -> Read[give_order.Addressed]:
    return give_order.addressed(path.sn, "upgrade")


@uses(give_order.sealed_to)
def gateway_and_last_password(path: GatewayPath) -> Read[tuple[Gateway, Earlier, Factory]]:
    return give_order.sealed_to(path.sn)
