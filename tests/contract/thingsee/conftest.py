"""Fixtures: a customer of a test's own, and one that the tests of a module share, on one AWS in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.thingsee.customer import Customer
from tests.harness.aws import aws_in_memory
from tests.harness.fleet import Fleet


@pytest.fixture(scope="module")
def standing() -> Iterator[Customer]:
    """A customer for tests that do not mind each other: each makes things and groups of its own."""
    with pytest.MonkeyPatch.context() as patch, aws_in_memory(patch):
        yield Customer.of(Fleet())


@pytest.fixture
def customer(standing: Customer) -> Customer:
    """A customer that nobody else has, beside others."""
    return Customer.of(standing.field.fleet)
