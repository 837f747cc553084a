"""The AWS clients of a process that calls handlers in several threads."""

from __future__ import annotations

from fleet.aws import clients
from muster.local.context import refuse_late


def make() -> None:
    """Create the clients that handlers share before any thread starts: creating boto3 clients is not thread-safe.

    They send nothing for a call whose time is over.
    """
    clients.session().events.register("request-created", refuse_late)
    for client in (clients.dynamodb, clients.sqs, clients.s3, clients.kms, clients.secretsmanager):
        client()
