"""The operator who runs a command, as the audit log names them."""

from __future__ import annotations

from datetime import UTC, datetime

from fleet.aws import clients
from fleet.tenancy.audit_entry import Author


def author() -> Author:
    """The ARN of the AWS identity whose credentials the command uses, and the time. AWS allows everybody to ask for their own."""
    return Author(actor=clients.sts().get_caller_identity()["Arn"], at=datetime.now(UTC))
