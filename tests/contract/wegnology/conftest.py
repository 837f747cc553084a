"""Fixtures: an application with devices, and another one, restored for every test."""

from __future__ import annotations

import pytest

from tests.contract.wegnology.application import Application


@pytest.fixture
def applications(cloud: dict[str, str]) -> tuple[Application, Application]:
    return Application.fresh()


@pytest.fixture
def application(applications: tuple[Application, Application]) -> Application:
    return applications[0]


@pytest.fixture
def other(applications: tuple[Application, Application]) -> Application:
    return applications[1]
