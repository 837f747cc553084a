"""Fixtures: a tenant of a test's own, and one for tests that change nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.wisdm.tenant import Tenant
from tests.harness.aws import aws_in_memory
from tests.harness.fleet import Fleet


@pytest.fixture
def tenant(fleet: Fleet) -> Tenant:
    return Tenant.of(fleet)


@pytest.fixture(scope="module")
def standing() -> Iterator[Tenant]:
    """A tenant that the tests of a module share, because none of them changes what is stored."""
    with pytest.MonkeyPatch.context() as patch, aws_in_memory(patch):
        yield Tenant.of(Fleet())
