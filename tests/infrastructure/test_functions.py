"""Every function has a role, a log group and an environment of its own, and no more than it declares."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from samtranslator.yaml_helper import yaml_parse

from edge.api import Api
from fleet.grants import Grant
from fleet.outbox.relay import SLOT
from muster.generate.collect import LONGEST_ROUTE
from muster.generate.model import Function
from muster.generate.render_functions import poller_grants, stacks
from muster.generate.resources import PARAMETERS, RESOURCES, SETTINGS, own
from muster.layers import THIRD_PARTY
from tests.infrastructure.stacks import FUNCTIONS, allowed, deployed, expanded, generated, project, resources, statements, template
from tests.infrastructure.toy import ODD, PLAIN, route, with_toys

EVERY = [(stack, function) for stack in FUNCTIONS for function in deployed(stack)]
ROUTES = [(api.name, each) for api in project().apis for each in api.routes]


LONGEST_ARN = 160
"""Characters of the longest ARN that a parameter of a policy stands for: a table or its stream."""


def _id(value: object) -> str:
    function = getattr(value, "function", value)
    return function.name if isinstance(function, Function) else str(value)


@pytest.mark.parametrize("stack", FUNCTIONS)
def test_a_stack_has_exactly_the_functions_declared(stack: str) -> None:
    there = {name for name, resource in generated(stack).items() if resource["Type"] == "AWS::Serverless::Function"}
    assert there == {function.id for function in deployed(stack)}


@pytest.mark.parametrize(("stack", "function"), EVERY, ids=_id)
class TestEveryFunction:
    def test_its_role_is_its_own(self, stack: str, function: Function) -> None:
        users = [name for name, resource in _functions(stack).items() if resource["Role"] == {"Fn::GetAtt": [f"{function.id}Role", "Arn"]}]
        assert users == [function.id]

    def test_its_log_group_is_its_own_and_forgets(self, stack: str, function: Function) -> None:
        group = generated(stack)[f"{function.id}Logs"]["Properties"]
        name = generated(stack)[function.id]["Properties"]["FunctionName"]["Fn::Sub"]
        assert group == {"LogGroupName": {"Fn::Sub": f"/aws/lambda/{name}"}, "RetentionInDays": {"Ref": "LogRetentionDays"}}

    def test_its_policy_is_what_it_declares(self, stack: str, function: Function) -> None:
        assert allowed(stack, function) == own(function.grants) | _poller(function)

    def test_no_grant_on_a_table_is_for_every_row(self, stack: str, function: Function) -> None:
        on_tables = [each for each in statements(generated(stack)[f"{function.id}Role"]) if "TableArn}" in str(each["Resource"])]
        for statement in on_tables:
            assert statement["Condition"]["Null"] == {"dynamodb:LeadingKeys": "false"}, "ForAllValues holds for a request without keys"
            patterns = statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
            assert patterns
            assert not {"*", ""} & set(patterns)

    def test_all_rows_of_an_action_are_in_one_statement(self, stack: str, function: Function) -> None:
        """A BatchGetItem of two kinds of rows is refused where two statements cover one each."""
        named = [
            (action, str(each["Resource"])) for each in statements(generated(stack)[f"{function.id}Role"]) for action in each["Action"]
        ]
        assert len(named) == len(set(named))

    def test_its_policy_is_not_too_long(self, stack: str, function: Function) -> None:
        """IAM takes 10,240 characters in all inline policies of a role, without white space."""
        text = json.dumps(generated(stack)[f"{function.id}Role"]["Properties"]["Policies"], separators=(",", ":"))
        filled = re.sub(r"\$\{\w+(::\w+)?\}", "x" * LONGEST_ARN, text)
        assert len(filled) <= 10_240, len(filled)

    def test_its_logs_are_all_it_writes(self, stack: str, function: Function) -> None:
        logs, *_ = statements(generated(stack)[f"{function.id}Role"])
        assert logs["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
        assert logs["Resource"] == {"Fn::GetAtt": [f"{function.id}Logs", "Arn"]}

    def test_its_environment_is_what_it_is_granted(self, stack: str, function: Function) -> None:
        variables = generated(stack)[function.id]["Properties"].get("Environment", {"Variables": {}})["Variables"]
        granted = {RESOURCES[grant.resource.partition("/")[0]] for grant in function.grants}
        own = {SETTINGS[parameter]: {"Ref": parameter} for parameter in function.settings}
        assert variables == own | {resource.variable: {"Ref": resource.value} for resource in granted if resource.variable}

    def test_its_layers_are_those_it_reaches(self, stack: str, function: Function) -> None:
        layers = [layer["Ref"] for layer in expanded(f"infra/generated/{stack}.yaml")[function.id]["Properties"]["Layers"]]
        assert layers[:2] == ["DependenciesLayer", "FleetLayer"]
        assert len(layers) <= 5
        assert set(layers[2:]) - {"DialectLayer"} == {THIRD_PARTY[name].id for name in function.layers}
        assert ("DialectLayer" in layers) == (stack != "workers")

    def test_its_name_is_short_enough(self, stack: str, function: Function) -> None:
        longest = "p" * 24
        assert len(generated(stack)[function.id]["Properties"]["FunctionName"]["Fn::Sub"].replace("${Prefix}", longest)) <= 64


def test_the_translator_adds_no_role() -> None:
    for stack in FUNCTIONS:
        name = f"infra/generated/{stack}.yaml"
        there = [resource for resource in expanded(name).values() if resource["Type"] == "AWS::IAM::Role"]
        assert len(there) == len(deployed(stack))


@pytest.mark.parametrize(("stack", "each"), ROUTES, ids=_id)
def test_a_route_ends_before_the_gateway_gives_up(stack: str, each: Any) -> None:
    assert generated(stack)[each.function.id]["Properties"]["Timeout"] < LONGEST_ROUTE


@pytest.mark.parametrize("each", project().workers, ids=lambda each: each.function.name)
def test_a_worker_reports_record_by_record_and_loses_none(each: Any) -> None:
    events = generated("workers")[each.function.id]["Properties"]["Events"].values()
    (event,) = (event["Properties"] for event in events)
    if each.worker.kind == "schedule":
        assert generated("workers")[each.function.id]["Properties"]["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]
        assert event["DeadLetterConfig"] == {"Arn": {"Ref": "StreamDeadLettersArn"}}
        return
    assert event["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    if each.worker.kind == "stream":
        assert event["DestinationConfig"]["OnFailure"]["Destination"] == {"Ref": "StreamDeadLettersArn"}
        assert event["BisectBatchOnFunctionError"] is True
    else:
        queue = resources("infra/queues.yaml")[each.worker.source]["Properties"]
        assert queue["VisibilityTimeout"] >= 6 * each.worker.timeout
        assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
        assert 2 <= event["ScalingConfig"]["MaximumConcurrency"] <= 100
        if queue.get("FifoQueue"):
            assert event["BatchSize"] == 1, "what waits in a batch behind a message that fails would be put aside with it, untried"


def test_a_message_that_fails_holds_up_a_gateway_for_three_minutes() -> None:
    queue = resources("infra/queues.yaml")["Downlinks"]["Properties"]
    assert queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"] <= 180


def test_directories_are_folded_when_their_slot_is_over() -> None:
    assert resources("infra/queues.yaml")["Folds"]["Properties"]["DelaySeconds"] == SLOT


def test_a_stream_worker_sees_what_its_prefix_says() -> None:
    streams = [each for each in project().workers if each.worker.kind == "stream"]
    assert streams
    for each in streams:
        (event,) = generated("workers")[each.function.id]["Properties"]["Events"].values()
        assert event["Properties"]["FilterCriteria"] == {"Filters": [{"Pattern": pattern} for pattern in each.worker.filter.patterns]}


def test_who_signs_downloads_in_another_role_may_not_read_the_files_itself() -> None:
    found = allowed("wisdm", next(function for function in deployed("wisdm") if function.name == "list_syslog_downloads"))
    assert Grant("DownloadRole", "sts:AssumeRole") in found
    assert not any(grant.action.startswith("s3:") for grant in found)


def test_mails_come_from_one_address_alone() -> None:
    roles = {name: resource for stack in FUNCTIONS for name, resource in generated(stack).items() if resource["Type"] == "AWS::IAM::Role"}
    sending = {name: [each for each in statements(role) if "ses:SendEmail" in each["Action"]] for name, role in roles.items()}
    assert {name: [each["Condition"] for each in found] for name, found in sending.items() if found} == {
        "MailSendRole": [{"StringEquals": {"ses:FromAddress": {"Ref": "MailFrom"}}}]
    }


@pytest.mark.parametrize("stack", FUNCTIONS)
def test_a_stack_takes_what_its_functions_need_and_no_more(stack: str) -> None:
    loaded = template(f"infra/generated/{stack}.yaml")
    text = json.dumps([loaded["Globals"], loaded["Resources"]])
    used = set(re.findall(r'\{"Ref": "(\w+)"\}', text)) | set(re.findall(r"\$\{(\w+)\}", text))
    assert loaded["Parameters"].keys() == used
    granted = {RESOURCES[grant.resource.partition("/")[0]] for function in deployed(stack) for grant in function.grants}
    assert {resource.value for resource in granted if resource.value} <= used


@pytest.mark.parametrize(("toy", "granted"), [(PLAIN, []), (ODD, ["dynamodb:BatchGetItem"])], ids=["nobody", "callers"])
def test_a_fallback_may_do_what_it_identifies_callers_by(toy: Api, granted: list[str]) -> None:
    (stack,) = (stack for stack in stacks(with_toys(route("GET", "/toy/a", "get", toy=toy), toy=toy)) if stack.folder == "toy")
    fallback = yaml_parse(stack.template())["Resources"]
    _, *found = statements(fallback["FallbackRole"])
    assert [action for statement in found for action in statement["Action"]] == granted
    properties = fallback["Fallback"]["Properties"]
    assert properties.get("Environment") == ({"Variables": {"FLEET_TABLE": {"Ref": "FleetTable"}}} if granted else None)
    assert properties.get("Layers") == ([{"Ref": "CryptographyLayer"}] if granted else None)


def test_every_granted_resource_is_known_to_the_root() -> None:
    for resource in RESOURCES.values():
        named = re.findall(r"\$\{(\w+)\}", resource.arn) + ([resource.value] if resource.value else [])
        assert set(named) <= PARAMETERS.keys() | {"Prefix"}
    for parameter in PARAMETERS.values():
        name, _, output = str(parameter.source).partition(".Outputs.")
        assert not output or output in template(resources("template.yaml")[name]["Properties"]["Location"])["Outputs"]


def _functions(stack: str) -> dict[str, Any]:
    return {name: resource["Properties"] for name, resource in generated(stack).items() if resource["Type"] == "AWS::Serverless::Function"}


def _poller(function: Function) -> frozenset[Grant]:
    return next((poller_grants(each) for each in project().workers if each.function == function), frozenset())
