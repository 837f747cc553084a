"""API keys, which the console manages (wisdm.md 10.2 to 10.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, PlainSerializer, ValidationInfo, field_validator, model_validator
from pydantic.alias_generators import to_camel

from edge.shape import broken
from fleet.aws.reads import Read
from fleet.errors import Invalid, Problem
from fleet.grants import uses
from fleet.identity.api_key import (
    LONGEST_LIFE,
    LONGEST_NAME,
    MOST_ENTRIES,
    MOST_LOCATIONS,
    Access,
    ApiKey,
    Restriction,
    Status,
    is_referrer,
    plain_address,
)
from fleet.identity.api_keys import ApiKeys
from fleet.ids import from_uuid
from wisdm.permissions import Permission
from wisdm.shapes.fields import Name, Text, Timestamp, Uuid, WisdmShape, format_time, length_when_trimmed
from wisdm.shapes.paths import OrganizationPath
from wisdm.shapes.session import Confirmation


class ApiKeyPath(OrganizationPath):
    key_id: Uuid


@uses(ApiKeys.by_id)
def api_key(path: ApiKeyPath) -> Read[ApiKey]:
    return ApiKeys.by_id(from_uuid(path.organization_id) or path.organization_id, path.key_id)


def _check_referrer(text: str) -> str:
    if not is_referrer(text):
        raise ValueError("must be like https://app.example.com, https://app.example.com/* or https://*.example.com/*")
    return text


def _normalize_address(text: str) -> str:
    try:
        return plain_address(text)
    except ValueError:
        raise ValueError("must be an IPv4 or IPv6 address, or a CIDR block without bits behind its mask") from None


_LIST_OF: dict[Restriction, str] = {"HTTP_REFERRERS": "http_referrers", "IP_ADDRESSES": "ip_addresses"}


class ApplicationRestriction(WisdmShape):
    """Where a key may be used from. The list of the chosen type has entries, the other one has none."""

    model_config = ConfigDict(validate_default=True)

    type: Restriction
    http_referrers: Annotated[list[Annotated[Text, AfterValidator(_check_referrer)]] | None, Field(max_length=MOST_ENTRIES)] = None
    ip_addresses: Annotated[list[Annotated[Text, AfterValidator(_normalize_address)]] | None, Field(max_length=MOST_ENTRIES)] = None

    @field_validator("http_referrers", "ip_addresses")
    @classmethod
    def _check_entries(cls, entries: list[str] | None, of: ValidationInfo) -> list[str] | None:
        name, chosen = of.field_name or "", _LIST_OF.get(of.data.get("type", "NONE"))
        if name == chosen and not entries:
            raise broken(to_camel(name), "must have at least 1 entry with this type")
        if name != chosen and entries and "type" in of.data:
            raise broken(to_camel(name), "must be left out with this type")
        return entries

    def settings(self) -> dict[str, Any]:
        """The restriction as fields of ApiKey."""
        return {"restriction": self.type, "referrers": tuple(self.http_referrers or ()), "addresses": tuple(self.ip_addresses or ())}

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        lists = {"HTTP_REFERRERS": key.referrers, "IP_ADDRESSES": key.addresses}
        chosen = {name: list(lists[kind]) for kind, name in _LIST_OF.items() if kind == key.restriction}
        return cls(type=key.restriction, **chosen)


_CONFIRMATION_EXAMPLE: dict[str, Any] = {"password": "correct horse 9!", "verificationCode": "492039"}
_EXAMPLE: dict[str, Any] = {
    "name": "billing export", "access": "READ_WRITE", "writePermissions": ["WRITE_REBOOT_GATEWAY", "WRITE_EDIT_SYSTEM_SETTINGS"],
    "applicationRestriction": {"type": "IP_ADDRESSES", "ipAddresses": ["198.51.100.7", "203.0.113.0/24"]},
    "locationIds": ["6920f1aa-7b0e-8f7e-8000-000c7c1de9a0"],
}  # fmt: skip


class ApiKeyPatch(WisdmShape):
    """Settings to change. What is left out stays; an empty `locationIds` is all locations."""

    name: Annotated[Name, Field(min_length=1, max_length=LONGEST_NAME, json_schema_extra=length_when_trimmed)] | None = None
    access: Access | None = None
    write_permissions: list[Permission] | None = None
    application_restriction: ApplicationRestriction | None = None
    location_ids: Annotated[list[Uuid] | None, Field(max_length=MOST_LOCATIONS)] = None
    enabled: bool | None = None

    @field_validator("write_permissions")
    @classmethod
    def _check_permissions(cls, permissions: list[Permission] | None, of: ValidationInfo) -> list[Permission] | None:
        if permissions is not None and len(set(permissions)) < len(permissions):
            raise ValueError("must name each permission once")
        if permissions is not None and "access" in of.data and (problem := _permissions_problem(of.data["access"], permissions)):
            raise ValueError(problem)
        return permissions

    def settings(self, key: ApiKey | None = None) -> dict[str, Any]:
        """The settings in the request, as fields of ApiKey. Invalid: permissions that do not go with the access that `key` has."""
        access = self.access or (key.access if key else None)
        permissions = self.write_permissions if self.write_permissions is not None else key.permissions if key else ()
        if (problem := _permissions_problem(access, permissions)) and (self.write_permissions is not None or access == "READ_WRITE"):
            raise Invalid(Problem(("writePermissions",), problem))
        fields: dict[str, Any] = {"name": self.name, "access": self.access, "enabled": self.enabled}
        if self.write_permissions is not None:
            fields["permissions"] = tuple(self.write_permissions)
        locations = {} if self.location_ids is None else {"locations": tuple(dict.fromkeys(self.location_ids)) or None}
        restriction = self.application_restriction.settings() if self.application_restriction else {}
        return {name: value for name, value in fields.items() if value is not None} | locations | restriction

    def check_locations(self, unknown: Iterable[int]) -> None:
        """Invalid if any entries of `locationIds` are unknown to the organization; `unknown` has their indexes."""
        if problems := [Problem(("locationIds", index), "must be a location of the organization") for index in unknown]:
            raise Invalid(*problems)


class ApiKeyChange(ApiKeyPatch):
    """A PATCH: at least one setting, and nothing of what cannot be changed. `confirmation` is needed where the key may do more."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "export of bills",
                    "access": "READ_WRITE",
                    "writePermissions": ["WRITE_REBOOT_GATEWAY"],
                    "confirmation": _CONFIRMATION_EXAMPLE,
                }
            ]
        }
    )

    confirmation: Confirmation | None = None
    lifespan_days: Any = None
    key: Any = None

    @field_validator("lifespan_days", "key")
    @classmethod
    def _refuse_change(cls, value: Any) -> Any:
        raise ValueError("cannot be changed")

    @model_validator(mode="after")
    def _require_change(self) -> Self:
        if not self.model_fields_set - {"confirmation"}:
            raise ValueError("must change something")
        return self


class ApiKeyIn(ApiKeyPatch):
    model_config = ConfigDict(
        validate_default=True, json_schema_extra={"examples": [{**_EXAMPLE, "lifespanDays": 90, "confirmation": _CONFIRMATION_EXAMPLE}]}
    )

    name: Annotated[Name, Field(min_length=1, max_length=LONGEST_NAME, json_schema_extra=length_when_trimmed)]
    access: Access
    enabled: bool = True
    lifespan_days: Annotated[int, Field(ge=1, le=LONGEST_LIFE)]
    confirmation: Confirmation

    @field_validator("write_permissions")
    @classmethod
    def _require_permissions(cls, permissions: list[Permission] | None, of: ValidationInfo) -> list[Permission] | None:
        if permissions is None and of.data.get("access") == "READ_WRITE":
            raise broken("writePermissions", "is required for a key that writes")
        return permissions


def _permissions_problem(access: Access | None, permissions: Sequence[str]) -> str | None:
    """What is wrong with these permissions for this access; None if nothing."""
    if access == "READ_ONLY" and permissions:
        return "must be left out for a key that only reads"
    return "must have at least 1 entry for a key that writes" if access == "READ_WRITE" and not permissions else None


class Regeneration(WisdmShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"confirmation": _CONFIRMATION_EXAMPLE}]})

    confirmation: Confirmation


def _format_last_use(used: datetime | Literal["never"]) -> str | None:
    return None if used == "never" else format_time(used)


_KEY_EXAMPLE: dict[str, Any] = {
    "id": "6920f1aa-0c3d-8e4f-8000-000a1b2c3d4e", **_EXAMPLE, "lifespanDays": 90, "enabled": True, "status": "ACTIVE",
    "keyPreview": "wdk_Q7tZ…", "lastUsedAt": "2026-01-19T14:00:00Z",
    "createdAt": "2026-01-05T09:00:00Z", "expiresAt": "2026-04-05T09:00:00Z", "updatedAt": "2026-01-05T09:00:00Z",
}  # fmt: skip
LastUse = Annotated[datetime | Literal["never"], PlainSerializer(_format_last_use, return_type=Timestamp | None)]
"""The hour of the last use; null in the answer for a key that has not been used, where other absent members are left out."""


class ApiKeyOut(WisdmShape):
    """A key. `locationsGone` marks one whose locations were all deleted: it permits nothing, though its list is empty."""

    model_config = ConfigDict(json_schema_extra={"examples": [_KEY_EXAMPLE]})

    id: str
    name: str
    access: Access
    write_permissions: list[str]
    application_restriction: ApplicationRestriction
    location_ids: list[str]
    locations_gone: bool | None = None
    lifespan_days: int
    enabled: bool
    status: Status
    key_preview: str
    created_at: Timestamp
    expires_at: Timestamp
    updated_at: Timestamp
    last_used_at: LastUse

    @classmethod
    def of(cls, api_key: ApiKey, now: datetime, last_used: datetime | None, **more: Any) -> Self:
        return cls(
            id=api_key.id,
            name=api_key.name,
            access=api_key.access,
            write_permissions=list(api_key.permissions),
            application_restriction=ApplicationRestriction.of(api_key),
            location_ids=list(api_key.locations or ()),
            locations_gone=True if api_key.locations == () else None,
            lifespan_days=api_key.lifespan_days,
            enabled=api_key.enabled,
            status=api_key.status(now),
            key_preview=f"{api_key.preview}…",
            created_at=format_time(api_key.created),
            expires_at=format_time(api_key.expires),
            updated_at=format_time(api_key.updated),
            last_used_at=last_used or "never",
            **more,
        )


class ApiKeyMade(ApiKeyOut):
    """A key with its text, which is shown this once."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_KEY_EXAMPLE, "lastUsedAt": None, "key": f"wdk_Q7tZ4mXc1bNs_{'n4Gk' * 10}aZ0"}]}
    )

    key: str


class ApiKeysOut(WisdmShape):
    model_config = ConfigDict(json_schema_extra={"examples": [{"total": 1, "apiKeys": [_KEY_EXAMPLE]}]})

    total: int
    api_keys: list[ApiKeyOut]

    @classmethod
    def of(cls, keys: Iterable[ApiKey], now: datetime, last_uses: Mapping[str, datetime | None]) -> Self:
        newest_first = sorted(keys, key=lambda key: (key.created, key.id), reverse=True)
        return cls(total=len(newest_first), api_keys=[ApiKeyOut.of(key, now, last_uses[key.id]) for key in newest_first])
