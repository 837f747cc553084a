"""Handles messages of gateways about their log files."""

from __future__ import annotations

from datetime import timedelta

from fleet.aws.objects import UPLOAD_LIFE
from fleet.aws.reads import Read, nothing
from fleet.aws.writes import Refused, transact
from fleet.configuration.configuration import Configuration
from fleet.configuration.configurations import Configurations
from fleet.files.files import COUNTED, Uploads
from fleet.grants import uses
from fleet.ids import derived_uuid
from fleet.outbox.message import Downlink, next_number
from fleet.outbox.messages import Downlinks
from fleet.plane.arrival import TAKEN, Arrival, Receipt
from fleet.plane.envelope import Rejected
from fleet.plane.gateway_messages import SyslogDone, SyslogRequest
from fleet.plane.uplink import uplink


@uses(Configurations.by_sn)
def _configuration(sn: str, payload: SyslogRequest) -> Read[Configuration]:
    return Configurations.by_sn(sn)


@uplink("gateway.syslog.request", SyslogRequest, reads=_configuration)
@uses(Downlinks.send_writes, Uploads.count_writes)
def request(arrival: Arrival, payload: SyslogRequest, configuration: Configuration) -> Receipt:
    """Have the gateway sent leave to store a log file, where its logs are shared with the cloud, and the day's are not too many."""
    card = arrival.card
    if not configuration.shares_logs:
        return Receipt("Ignored", "logs are not shared")
    until = arrival.received + timedelta(seconds=UPLOAD_LIFE)
    if arrival.now > until:
        return Receipt("Ignored", "too late")
    grant = Downlink(
        id=derived_uuid("syslog.grant", f"{card.sn}/{arrival.envelope.message}"),
        sn=card.sn,
        organization=card.organization,
        type="syslog.grant",
        payload={"key": payload.key(card.sn), "size": payload.size, "sha256": payload.sha256},
        number=next_number(),
        deadline=int(until.timestamp()),
    )
    counted = Uploads.count_writes(arrival.reach, card.organization, card.sn, grant.id, payload.size, arrival.received)
    try:
        transact([*Downlinks.send_writes(arrival.reach, grant), *counted])
    except Refused as refused:
        if COUNTED not in refused.failed:
            raise Rejected("over quota") from None
    return TAKEN


@uplink("gateway.syslog.done", SyslogDone, reads=nothing)
def done(arrival: Arrival, payload: SyslogDone, _: None) -> Receipt:
    """Check that the file is the gateway's own. What counts is the notification of the files bucket."""
    if not payload.key.startswith(f"logs/{arrival.card.sn}/"):
        raise Rejected("misaddressed")
    return TAKEN
