"""The settings of a gateway's logs (wisdm.md 9.1)."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, ValidationInfo, field_validator, model_validator

from edge.shape import broken
from fleet.configuration.configuration import Configured
from wisdm.shapes.fields import Ignored, WisdmShape

Share = Literal["none", "external", "wisdm", "externalAndWisdm"]
_EXTERNAL = ("external", "externalAndWisdm")
_EXAMPLE: dict[str, Any] = {
    "shareLogs": "externalAndWisdm", "logsRotationCycle": 30, "wisdmLogsRetrievalCycle": 60, "wisdmLogsRotationCycle": 21,
    "externalLogServer": {"ip": "198.51.100.20", "port": 6514},
}  # fmt: skip


def _check_address(text: str) -> str:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        text = "%"
    if "%" in text:
        raise ValueError("must be an IPv4 or IPv6 address")
    return text


class LogServer(WisdmShape):
    ip: Annotated[str, AfterValidator(_check_address)]
    port: Annotated[int, Field(ge=1, le=65535)]


class SyslogIn(WisdmShape):
    """Cycles in days, minutes and days; one that is left out keeps its value."""

    model_config = ConfigDict(validate_default=True, json_schema_extra={"examples": [_EXAMPLE]})

    share_logs: Share
    logs_rotation_cycle: Annotated[int | None, Field(ge=1, le=365)] = None
    wisdm_logs_retrieval_cycle: Annotated[int | None, Field(ge=1, le=1440)] = None
    wisdm_logs_rotation_cycle: Annotated[int | None, Field(ge=1, le=365)] = None
    external_log_server: Annotated[LogServer, Ignored("where no logs go to it")] | None = None

    @model_validator(mode="before")
    @classmethod
    def _drop_unused_server(cls, syslog: Any) -> Any:
        if isinstance(syslog, dict) and syslog.get("shareLogs") in ("none", "wisdm"):
            return {name: value for name, value in syslog.items() if name != "externalLogServer"}
        return syslog

    @field_validator("external_log_server")
    @classmethod
    def _require_server(cls, server: LogServer | None, of: ValidationInfo) -> LogServer | None:
        if server is None and of.data.get("share_logs") in _EXTERNAL:
            raise broken("externalLogServer", "is required by shareLogs")
        return server

    def settings(self) -> dict[str, Any]:
        """The settings to change."""
        return self.model_dump(by_alias=True, exclude_none=True)


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
        syslog = configured.configuration.syslog
        members = {name: value for name, value in syslog.items() if name != "externalLogServer" or syslog["shareLogs"] in _EXTERNAL}
        return cls.model_validate({"sn": configured.gateway.card.sn, **members})
