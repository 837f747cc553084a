"""Orders to a simulated gateway: reboot, set password, install firmware. Each order is carried out once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from muster.simulate.wire import Order, Wire

Answer = tuple[str, Mapping[str, Any]]
_REMEMBERED = 100


class Orders:
    """The orders of one gateway. `reboot` is set when it must restart after answering."""

    def __init__(self, wire: Wire, firmware: str | None, tell: Callable[[str], None]) -> None:
        self.firmware, self.reboot = firmware, False
        self.password_digest = b""
        self._wire, self._tell = wire, tell
        self._answers: dict[str, list[Answer]] = {}
        self.does: Mapping[str, Callable[[Order], Iterable[Answer]]] = {
            "action.reboot": self._once(self._reboot),
            "action.password": self._once(self._take_password),
            "action.upgrade": self._once(self._upgrade),
        }

    def _once(self, carry_out: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Callable[[Order], Iterable[Answer]]:
        """Carry out a new order; repeat the earlier answer for a duplicate delivery."""

        def do(order: Order) -> Iterable[Answer]:
            id, action = str(order.payload.get("actionId")), order.type.removeprefix("action.")
            if id not in self._answers:
                result = {"ok": True, "message": "", **carry_out(order.payload)}
                self._answers[id] = [("gateway.action.result", {"actionId": id, "action": action, **result})]
                for old in list(self._answers)[:-_REMEMBERED]:
                    del self._answers[old]
            return self._answers[id]

        return do

    def _reboot(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        self._tell("reboots")
        self.reboot = True
        return {}

    def _take_password(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            secret = self._wire.unseal("action.password", str(payload["ciphertext"]))
        except (ValueError, KeyError):
            return {"ok": False, "message": "The password cannot be read"}
        self.password_digest = hashlib.sha256(secret).digest()
        self._tell("has a new password")
        return {}

    def _upgrade(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            content = self._wire.get(str(payload["url"]))
            version, wanted = str(payload["version"]), str(payload["sha256"])
        except (OSError, ValueError, KeyError) as error:
            self._tell(f"could not fetch its firmware: {error}")
            return {"ok": False, "message": "The image cannot be fetched"}
        if hashlib.sha256(content).hexdigest() != wanted:
            return {"ok": False, "message": "The image is not the one that was meant"}
        self._tell(f"installs firmware {version}, {len(content)} bytes")
        self.firmware, self.reboot = version, True
        return {"firmware": version}
