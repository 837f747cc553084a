"""How a gateway's logs are kept and shared (wisdm.md 9.1)."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator

from edge.shape import broken
from fleet.configuration.configuration import Configured
from wisdm.shapes.fields import WisdmShape

Share = Literal["none", "external", "wisdm", "externalAndWisdm"]
_EXTERNAL = ("external", "externalAndWisdm")
_EXAMPLE: dict[str, Any] = {
    "shareLogs": "externalAndWisdm", "logsRotationCycle": 30, "wisdmLogsRetrievalCycle": 60, "wisdmLogsRotationCycle": 21,
    "externalLogServer": {"ip": "198.51.100.20", "port": 6514},
}  # fmt: skip


def _literal(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        text = "%"
    if "%" in text:
        raise ValueError("must be an IPv4 or IPv6 address")
    return text


class LogServer(WisdmShape):
    ip: Annotated[str, AfterValidator(_literal)]
    port: Annotated[int, Field(ge=1, le=65535)]


class SyslogIn(WisdmShape):
    """Cycles in days, minutes and days; one that is left out keeps its value."""

    model_config = ConfigDict(validate_default=True, json_schema_extra={"examples": [_EXAMPLE]})

    share_logs: Share
    logs_rotation_cycle: Annotated[int | None, Field(ge=1, le=365)] = None
    wisdm_logs_retrieval_cycle: Annotated[int | None, Field(ge=1, le=1440)] = None
    wisdm_logs_rotation_cycle: Annotated[int | None, Field(ge=1, le=365)] = None
    external_log_server: LogServer | None = None

    @field_validator("external_log_server")
    @classmethod
    def _needed(cls, server: LogServer | None, of: ValidationInfo) -> LogServer | None:
        if server is None and of.data.get("share_logs") in _EXTERNAL:
            raise broken("externalLogServer", "is required by shareLogs")
        return server

    def given(self) -> dict[str, Any]:
        """What is asked for. A server that no logs go to is dropped."""
        useless = set() if self.share_logs in _EXTERNAL else {"external_log_server"}
        return self.model_dump(by_alias=True, exclude_none=True, exclude=useless)


class SyslogOut(WisdmShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"sn": "918100A1B2C3D4E501", **_EXAMPLE}]})

    sn: str
    share_logs: Share
    logs_rotation_cycle: int
    wisdm_logs_retrieval_cycle: int
    wisdm_logs_rotation_cycle: int
    external_log_server: dict[str, Any] | None = None

    @classmethod
    def of(cls, configured: Configured) -> Self:
        told = configured.configuration.syslog
        shown = {name: value for name, value in told.items() if name != "externalLogServer" or told["shareLogs"] in _EXTERNAL}
        return cls.model_validate({"sn": configured.gateway.card.sn, **shown})
