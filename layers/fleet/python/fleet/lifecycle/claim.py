"""Registers gateways for organizations, and has those wait who guess (docs/adr/0010-who-waits-after-failures.md).

Serial numbers and EUIs follow patterns, and whoever names both of a gateway that no organization has gets it. So failed claims are
counted for the organization, and told apart by nothing: whether the serial number is unknown, another organization's, or the EUI is wrong.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from fleet.access import Reach
from fleet.aws.reads import fetch
from fleet.aws.retrying import retrying
from fleet.aws.writes import transact
from fleet.configuration import register
from fleet.configuration.register import Candidate, NoSuchGateway, Registration
from fleet.errors import FleetError, TooMany
from fleet.grants import uses
from fleet.identity.throttle import ThrottleRule
from fleet.identity.throttles import Throttles
from fleet.registry.gateway import Card

RULE = ThrottleRule(10, timedelta(minutes=15))
"""Ten failed claims of an organization in fifteen minutes, then a wait (wisdm.md 4.2)."""


@uses(register.candidate, register.place, Throttles.of_claims, Throttles.failed_claim_writes, Throttles.claim_checks)
def claim(reach: Reach, wanted: Registration, to: Candidate, now: datetime) -> Card:
    """Put a gateway into a location and send it the configuration; the whole or nothing. One that no organization has becomes the caller's.

    Errors as of `register.admit`. TooMany when too many claims of the organization have failed, whatever this one names; a gateway
    that it has already is no claim. What has changed meanwhile is judged anew; TooMany when it does not stop to change.
    """

    def settle(to: Candidate) -> Card:
        gateway, _ = to.claim()
        if gateway is not None:
            return register.place(reach, wanted, to, register.admit(wanted, to), now)
        register.needed_channels(to.location)  # WrongMode comes before the wait: it tells nothing of the gateway
        return _claim(reach, wanted, to, now)

    busy = TooMany("The gateway is changing too often at once")
    return retrying(reach, register.candidate(to.location.id, wanted.sn), settle, first=to, busy=busy)


@uses(register.place, Throttles.of_claims, Throttles.failed_claim_writes, Throttles.claim_checks)
def _claim(reach: Reach, wanted: Registration, to: Candidate, now: datetime) -> Card:
    """Claim a gateway that is not the organization's. Refused when a claim has failed, or something has changed, meanwhile.

    Whatever the answer tells of the gateway, it is told only if no other claim has failed since the count was read: of any number of
    guesses that are made at once, no more are answered than of guesses made one after the other.
    """
    organization = to.location.organization
    tries = fetch(reach, Throttles.of_claims(organization))
    if seconds := tries.wait(RULE, now):
        raise TooMany("Too many failed registrations: wait", retry_after=seconds)
    checks = Throttles.claim_checks(reach, organization, tries)
    try:
        admitted = register.admit(wanted, to)
    except NoSuchGateway:
        transact(Throttles.failed_claim_writes(reach, RULE, organization, tries.failed(RULE, now)))
        raise
    except FleetError:
        transact(checks)
        raise
    return register.place(reach, wanted, to, admitted, now, checks)
