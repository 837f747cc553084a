"""Each grant on rows is enforced: what a route sends is allowed by its generated policy, and denied when one key pattern is out of it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from muster.home import ROOT
from muster.rehearse.ledger import Finding, findings, grants_of, read
from muster.rehearse.probe import without
from tests.cloud.enforcing import Role, enforcing, on_tables
from tests.infrastructure.stacks import FUNCTIONS, generated, project, statements
from tests.suite.probes import PROBES, Probe

pytestmark = pytest.mark.cloud

Statements = Sequence[Mapping[str, Any]]


@dataclass
class Deployed:
    """A role for each route, with the policy of the generated template; what each route sends; and the ledger of what was checked."""

    policies: Mapping[str, Statements]
    roles: dict[str, Role]
    sent: Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]]
    ledger: Path

    def denied(self, roles: Mapping[str, Role]) -> list[str]:
        """The routes that cannot do all that they do, in these roles."""
        return [route for route, role in roles.items() if not self.works(route, role)]

    def works(self, route: str, role: Role) -> bool:
        """Whether a route can do all that it does in a role. All of it is tried."""
        answers = [role.may(operation, request) for operation, request in self.sent[route]]
        return all(answers)

    def findings(self, roles: Mapping[str, Role]) -> list[Finding]:
        granted = {role.name: grants_of(role.name) for role in roles.values()}
        return list(findings(read(self.ledger), {role.name: route for route, role in roles.items()}, granted))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("cloud")
    subprocess.run(
        [sys.executable, "-m", "tests.suite.recorded", str(folder / "sent.json")], cwd=ROOT, check=True, stdout=subprocess.DEVNULL
    )
    policies = {
        each.route.name: on_tables(statements(generated(stack)[f"{each.function.id}Role"]))
        for stack in FUNCTIONS
        for api in project().apis
        if api.name == stack
        for each in api.routes
    }
    with enforcing(folder) as file:
        roles = {route: Role(route, policy) for route, policy in policies.items()}
        yield Deployed(policies, roles, json.loads((folder / "sent.json").read_text()), file)


def _rows(policy: Statements) -> list[tuple[str, str]]:
    return [
        (action, pattern)
        for statement in policy
        for action in statement["Action"]
        for pattern in statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    ]


def test_what_routes_send_is_what_their_policies_allow(deployed: Deployed) -> None:
    assert deployed.denied(deployed.roles) == []
    assert deployed.findings(deployed.roles) == []


@pytest.mark.parametrize("probe", PROBES, ids=str)
def test_a_pattern_less_fails_its_route_alone(deployed: Deployed, probe: Probe) -> None:
    less = Role(str(probe).replace(" ", "-"), without(deployed.policies[probe.route], probe.action, probe.pattern))
    roles = {**deployed.roles, probe.route: less}
    assert deployed.denied(roles) == [probe.route]
    told = [(finding.function, finding.text) for finding in deployed.findings(roles) if "denied" in finding.text]
    assert [function for function, _ in told] == [probe.route] * len(told)
    assert all(text.startswith(f"was denied {probe.action} of {probe.begins}") and text.endswith("table/FleetTable") for _, text in told), (
        told
    )
    assert told


def test_every_pattern_of_every_route_is_enforced(deployed: Deployed) -> None:
    """Without any one of them, its route cannot do what it does."""
    idle = []
    for route, policy in deployed.policies.items():
        role = Role(f"probe-{route}", policy)
        for action, pattern in _rows(policy):
            role.grant(without(policy, action, pattern))
            if deployed.works(route, role):
                idle.append(f"{route} {action} {pattern}")
    assert idle == []
