"""The queues between a simulated gateway and the cloud: runs the workers on their messages and on the outbox."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws import clients, table
from fleet.aws.reads import fetch
from fleet.outbox.message import next_number
from fleet.outbox.messages import PREFIX
from fleet.registry.gateway import Gateway as GatewayRecord
from fleet.registry.gateways import Gateways
from fleet.registry.location import Location
from fleet.tenancy.organization import Organization
from functions.wisdm.gateway.register import handler as register
from functions.workers.downlink.dispatch import handler as dispatch
from functions.workers.uplink.receive import handler as receive
from muster.operator import gateway as operator
from muster.operator.keyring import Identity
from muster.simulate.gateway import Gateway
from muster.simulate.radio import Radio
from muster.simulate.shell import Shell
from muster.simulate.wire import Wire
from tests.harness.call import call
from tests.harness.fleet import Fleet
from tests.workers.messages import dead_letters, deliver, deliver_rows, take_uplink

SN, EUI = "918100A1B2C3D4E501", "ac1f09fffe0a1b2c"
FIRST = "11111111-2222-4333-8444-555555555555"
"""The id of an injected message, unless it has another."""
RAN = timedelta(hours=2)
"""How long the gateway has run already: a whole day would cost a request for each of 144 buckets."""


class BucketWire(Wire):
    """A transport that stores files in the bucket in memory, which has no URLs to upload to."""

    def put(self, url: str, content: bytes, sha256: bytes) -> None:
        key = url.split("?")[0].split("/files/", 1)[1]
        clients.s3().put_object(Bucket="files", Key=key, Body=content)
        self.stored = (url, key, content, sha256)

    def get(self, url: str) -> bytes:
        key = url.split("?")[0].split("/files/", 1)[1]
        return clients.s3().get_object(Bucket="files", Key=key)["Body"].read()


class Queues:
    """A simulated gateway in a location, and the workers behind its queues."""

    def __init__(self, fleet: Fleet, shell: Shell | None = None, **location: Any) -> None:
        self.fleet: Fleet = fleet
        self.organization: Organization = fleet.organization()
        self.location: Location = fleet.location(self.organization, **location)
        self.key = fleet.key(self.organization)
        request = operator.GatewayRequest(
            SN, EUI, "RAK7289CV2", "AC:1F:09:0A:1B:2C", "2.2.20", organization=self.organization.slug, share_logs="wisdm"
        )
        self.identity = Identity.of(operator.provision(request))
        self.wire = BucketWire(self.identity, clients.sqs())
        self.log: list[str] = []
        self.gateway = Gateway(self.identity, self.wire, shell, self.log.append, radio=Radio(SN, RAN))
        self._sent: set[str] = set()

    def register(self, **body: Any) -> None:
        path = {"locationId": self.location.id}
        assert call(register, path, key=self.key, body={"sn": SN, "eui": EUI, **body}).status == 201

    def accept_uplink(self) -> list[dict[str, Any]]:
        """Deliver the gateway's uplink messages, none of which is refused; returns them."""
        messages = self.deliver_uplink()
        assert dead_letters() == []
        return messages

    def deliver_uplink(self) -> list[dict[str, Any]]:
        """Deliver the gateway's uplink messages; returns them."""
        messages = take_uplink()
        assert not messages or deliver(receive, *messages) == []
        return [json.loads(message.body) for message in messages]

    def deliver_downlink(self) -> int:
        """Dispatch the outbox and let the gateway handle its messages; returns their number."""
        rows = [
            dict(row)
            for row in table.query(EVERYWHERE, None, "Row", "pk = :pk", {"pk": f"{PREFIX}{SN}"})
            if row["sk"]["S"] not in self._sent
        ]
        self._sent |= {row["sk"]["S"] for row in rows}
        assert not rows or deliver_rows(dispatch, rows) == []
        return self.listen()

    def listen(self) -> int:
        count = 0
        while self.gateway.listen(0):
            count += 1
        return count

    def inject(self, type: str, payload: dict[str, Any], id: str = FIRST, sn: str = SN, dedup: str | None = None, number: int = 0) -> None:
        """Put a message into the gateway's downlink queue, as anyone with access to it could."""
        body = {"v": 1, "type": type, "sn": sn, "messageId": id, "number": number or next_number(), "payload": payload}
        clients.sqs().send_message(
            QueueUrl=self.identity.queue_url,
            MessageBody=json.dumps(body),
            MessageGroupId=SN,
            MessageDeduplicationId=dedup or id,
        )

    @property
    def gateway_record(self) -> GatewayRecord:
        """The stored gateway."""
        return fetch(EVERYWHERE, Gateways.by_sn(SN))
