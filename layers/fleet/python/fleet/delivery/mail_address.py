"""Which texts are addresses that mail is sent to.

The form that mail systems take without quotes (RFC 5321, 4.1.2): words of ASCII with dots between them, an at sign, and a host name. What
it leaves out (quoted words, literal IP addresses, other scripts) SES does not send to, or hardly anybody has; nothing that could begin
another header or add another recipient passes. Whether somebody reads it, only a mail can tell.
"""

from __future__ import annotations

import re

from fleet.errors import Invalid, Place, Problem

LONGEST = 1024
"""Characters that callers may send; what is an address has fewer."""
_LOCAL = re.compile(r"(?=.{1,64}$)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN = re.compile(r"(?=.{1,253}$)(?:(?!-)[A-Za-z0-9-]{1,63}(?<!-)\.)+(?!-)[A-Za-z][A-Za-z0-9-]{0,62}(?<!-)")


def is_address(text: str) -> bool:
    """Whether mail can be sent to this address."""
    local, _, domain = text.rpartition("@")
    return len(text) <= LONGEST and _LOCAL.fullmatch(local) is not None and _DOMAIN.fullmatch(domain) is not None


def check_address(text: str, place: Place = ("email",)) -> None:
    """Invalid at `place` for what is no address."""
    if not is_address(text):
        raise Invalid(Problem(place, "must be an email address"))
