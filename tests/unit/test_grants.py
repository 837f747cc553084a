"""`needs` declarations: stacked ones add up."""

from __future__ import annotations

from fleet.grants import ANY, Grant, grants_of, imports, layers_of, needs, uses


@needs("Table", "dynamodb:GetItem")
def read() -> None:
    """Need one action."""


@needs("Queue", "sqs:SendMessage")
@imports("cryptography")
def send() -> None:
    """Need another, and a layer."""


@uses(read)
@uses(send)
@imports("pillow")
@imports("numpy")
@needs("Table", "dynamodb:PutItem")
@needs("Bucket/logs/*", "s3:PutObject")
def everything() -> None:
    """Declare each kind twice."""


@needs("Table", "dynamodb:Query", keys=f"GROUP#{ANY}")
@needs("Table", "dynamodb:PutItem", "dynamodb:DeleteItem", keys=["ORGS", ("GROUP#1", "GROUP")])
def change() -> None:
    """Need rows of a table."""


def test_a_grant_names_the_rows_by_their_partition_keys() -> None:
    assert grants_of([change]) == {
        Grant("Table", "dynamodb:Query", "GROUP#*"),
        *(Grant("Table", f"dynamodb:{action}", keys) for action in ("PutItem", "DeleteItem") for keys in ("ORGS", "GROUP#1")),
    }


def test_stacked_declarations_add_up() -> None:
    assert grants_of([everything]) == {
        Grant("Table", "dynamodb:GetItem"),
        Grant("Table", "dynamodb:PutItem"),
        Grant("Queue", "sqs:SendMessage"),
        Grant("Bucket/logs/*", "s3:PutObject"),
    }
    assert layers_of([everything]) == {"cryptography", "pillow", "numpy"}
