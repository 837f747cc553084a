"""What is between a played gateway and its cloud: the workers, called with what is in the queues and in the outbox."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from fleet.access import EVERYWHERE
from fleet.aws import clients, table
from fleet.aws.reads import fetch
from fleet.outbox.messages import PREFIX
from fleet.registry.gateway import Gateway as Seen
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
from tests.workers.messages import UplinkMessage, dead_letters, deliver, deliver_rows, take_messages

SN, EUI = "918100A1B2C3D4E501", "ac1f09fffe0a1b2c"
RAN = timedelta(hours=2)
"""For how long it is to have run: a day, as of one that is played, is a request for each of 144 buckets."""


class ParcelWire(Wire):
    """A wire whose files go into the bucket in memory, since nothing can be put to a URL of it."""

    def put(self, url: str, content: bytes, sha256: bytes) -> None:
        key = url.split("?")[0].split("/files/", 1)[1]
        clients.s3().put_object(Bucket="files", Key=key, Body=content)
        self.stored = (url, key, content, sha256)

    def get(self, url: str) -> bytes:
        key = url.split("?")[0].split("/files/", 1)[1]
        return clients.s3().get_object(Bucket="files", Key=key)["Body"].read()


class Ether:
    """One gateway of an organization, in a location, and its cloud."""

    def __init__(self, fleet: Fleet, shell: Shell | None = None, **location: Any) -> None:
        self.fleet: Fleet = fleet
        self.organization: Organization = fleet.organization()
        self.location: Location = fleet.location(self.organization, **location)
        self.key = fleet.key(self.organization)
        wanted = operator.GatewayRequest(
            SN, EUI, "RAK7289CV2", "AC:1F:09:0A:1B:2C", "2.2.20", organization=self.organization.slug, share_logs="wisdm"
        )
        self.identity = Identity.of(operator.provision(wanted))
        self.wire = ParcelWire(self.identity, clients.sqs())
        self.told: list[str] = []
        self.gateway = Gateway(self.identity, self.wire, shell, self.told.append, radio=Radio(SN, RAN))
        self._sent: set[str] = set()

    def register(self, **body: Any) -> None:
        path = {"locationId": self.location.id}
        assert call(register, path, key=self.key, body={"sn": SN, "eui": EUI, **body}).status == 201

    def up(self) -> list[dict[str, Any]]:
        """Let the cloud take in what the gateway has sent, none of it refused; the messages."""
        messages = self.sent()
        assert dead_letters() == []
        return messages

    def sent(self) -> list[dict[str, Any]]:
        """The same, whatever the cloud thinks of it."""
        found = take_messages(clients.setting("UPLINK_QUEUE"))
        messages = [UplinkMessage(message["body"], message["signature"]) for message in found]
        assert not messages or deliver(receive, *messages) == []
        return [json.loads(message["body"]) for message in found]

    def down(self) -> int:
        """Have the cloud send what it wants to send, and the gateway do what it gets; how many messages that was."""
        rows = [dict(row) for row in table.query("pk = :pk", {"pk": f"{PREFIX}{SN}"}) if row["sk"]["S"] not in self._sent]
        self._sent |= {row["sk"]["S"] for row in rows}
        assert not rows or deliver_rows(dispatch, rows) == []
        return self.listen()

    def listen(self) -> int:
        count = 0
        while self.gateway.listen(0):
            count += 1
        return count

    def order(
        self, type: str, payload: dict[str, Any], id: str = "11111111-2222-4333-8444-555555555555", sn: str = SN, dedup: str | None = None
    ) -> None:
        """A message that anyone with access to the queue could send."""
        body = {"v": 1, "type": type, "sn": sn, "messageId": id, "sentAt": "2026-01-05T10:10:00.000Z", "payload": payload}
        clients.sqs().send_message(
            QueueUrl=self.identity.queue_url,
            MessageBody=json.dumps(body),
            MessageGroupId=SN,
            MessageDeduplicationId=dedup or id,
        )

    @property
    def seen(self) -> Seen:
        """The gateway as the cloud knows it."""
        return fetch(EVERYWHERE, Gateways.by_sn(SN))
