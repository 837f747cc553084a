"""The AWS clients of a process that calls handlers in several threads."""

from __future__ import annotations

from fleet.aws import clients


def make() -> None:
    """Create the clients that handlers share before any thread starts: creating boto3 clients is not thread-safe."""
    for client in (clients.dynamodb, clients.sqs, clients.s3, clients.kms, clients.secretsmanager):
        client()
