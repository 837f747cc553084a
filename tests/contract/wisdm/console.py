"""A signed-in administrator's requests to the console (wisdm.md 10)."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from fleet.access import EVERYWHERE
from fleet.tenancy.audit import Audit
from fleet.tenancy.audit_entry import AuditEntry
from functions.wisdm.api_key import create, delete, edit, get, regenerate
from functions.wisdm.api_key import list as list_keys
from functions.wisdm.session import create as sign_in
from functions.wisdm.session import delete as sign_out
from functions.wisdm.version import get as get_version
from tests.contract.wisdm.tenant import Tenant
from tests.harness.call import SOURCE, Response, call
from tests.harness.fleet import Fleet
from tests.harness.people import ConsoleUser

WANTED: dict[str, Any] = {
    "name": "billing export",
    "access": "READ_WRITE",
    "writePermissions": ["WRITE_REBOOT_GATEWAY", "WRITE_EDIT_SYSTEM_SETTINGS"],
    "lifespanDays": 90,
}
READER: dict[str, Any] = {"name": "reader", "access": "READ_ONLY", "lifespanDays": 30}
WRONG = {"password": "wrong horse 9!!"}
"""A wrong confirmation."""


def works(key: str, **more: Any) -> bool:
    """Whether a key is accepted; otherwise it must be refused like an unknown one."""
    answer = call(get_version.handler, key=key, **more)
    assert answer.status == 200 or (answer.status, answer.json["message"]) == (403, "Forbidden")
    return answer.status == 200


def without_text(created_key: dict[str, Any]) -> dict[str, Any]:
    """The readable members of a key, from the answer that shows its text."""
    return {name: value for name, value in created_key.items() if name != "key"}


@dataclass(frozen=True)
class Console(Tenant):
    """The console of a tenant. `console_user` has no authenticator by default: TOTP codes come only one in 30 s."""

    console_user: ConsoleUser
    token: str

    @classmethod
    def open(cls, fleet: Fleet, *, tenant: Tenant | None = None, **fields: Any) -> Console:
        """Open the console of a new or given organization; `fields` describe its administrator."""
        tenant = tenant or Tenant.of(fleet)
        administrator = fleet.console_user(tenant.organization, **{"totp": False, **fields})
        return cls(**tenant.core, console_user=administrator, token=fleet.session(administrator))

    def at_organization_of(self, tenant: Tenant) -> Console:
        """The same session, with requests that are about another organization."""
        return replace(self, organization=tenant.organization, key=tenant.key)

    def again(self) -> Console:
        """The same console with a new session."""
        return replace(self, token=self.fleet.session(self.console_user))

    def with_own_codes(self) -> Console:
        """The same console with its own counter of used TOTP codes."""
        return replace(self, console_user=copy.copy(self.console_user))

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def sign_in(self, source: str = SOURCE, **changed: Any) -> Response:
        proof = {"password": self.console_user.password} if "verificationCode" in changed else self.console_user.proof()
        body = {"email": self.console_user.user.email, **proof, **changed}
        return call(sign_in.handler, body=body, source=source)

    def sign_out(self) -> Response:
        return call(sign_out.handler, headers=self.bearer)

    def create(self, wanted: dict[str, Any] = WANTED, **changed: Any) -> Response:
        body = {"confirmation": self.console_user.proof(), **wanted, **changed}
        return call(create.handler, self.path, headers=self.bearer, body=body)

    def created_key(self, wanted: dict[str, Any] = WANTED, **changed: Any) -> dict[str, Any]:
        """Create a key; returns the answer."""
        answer = self.create(wanted, **changed)
        assert answer.status == 201, answer.json
        found: dict[str, Any] = answer.json
        return found

    def keys(self) -> Response:
        return call(list_keys.handler, self.path, headers=self.bearer)

    def get(self, id: str) -> Response:
        return call(get.handler, self.at(id), headers=self.bearer)

    def edit(self, id: str, **changes: Any) -> Response:
        return call(edit.handler, self.at(id), headers=self.bearer, body=changes)

    def edited_key(self, id: str, **changes: Any) -> dict[str, Any]:
        """Change a key, with a confirmation; returns the answer."""
        answer = self.edit(id, confirmation=self.console_user.proof(), **changes)
        assert answer.status == 200, answer.json
        found: dict[str, Any] = answer.json
        return found

    def regenerate(self, id: str, confirmation: Any = None) -> Response:
        return call(regenerate.handler, self.at(id), headers=self.bearer, body={"confirmation": confirmation or self.console_user.proof()})

    def delete(self, id: str) -> Response:
        return call(delete.handler, self.at(id), headers=self.bearer)

    def at(self, id: str) -> dict[str, str]:
        return {**self.path, "keyId": id}

    def audit(self) -> list[AuditEntry]:
        """The audit log of the organization."""
        return list(Audit.since(EVERYWHERE, self.organization.id, datetime(2020, 1, 1, tzinfo=UTC)))
