"""Every template is one that CloudFormation takes, and safe by the rules of the house."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fleet.aws.queues import IN_ORDER
from fleet.registry.reveal_secrets import reveal
from muster.generate import render_api
from muster.generate.render_functions import stacks
from muster.home import ROOT
from tests.infrastructure.stacks import FUNCTIONS, TEMPLATES, expanded, generated, resources, template
from tests.infrastructure.toy import FORGET, LIST, ODD, STORE, route, with_toys

LIMIT = 450
"""Resources of a stack, of the 500 that CloudFormation allows."""
STACKS = sorted(name for name, resource in resources("template.yaml").items() if "Location" in resource["Properties"])
WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}
NAMES = [path.relative_to(ROOT).as_posix() for path in TEMPLATES]


@pytest.mark.slow
def test_cfn_lint_finds_nothing() -> None:
    assert linted(*TEMPLATES) == (0, "")


@pytest.mark.slow
def test_cfn_lint_finds_nothing_in_what_another_api_may_declare(tmp_path: Path) -> None:
    there = with_toys(STORE, LIST, FORGET, route("GET", "/toy/{sort}/{serial}/group/", "get_group", toy=ODD, uses=(reveal,)), toy=ODD)
    (toy,) = (stack for stack in stacks(there) if stack.folder == "toy")
    (tmp_path / "toy.yaml").write_text(toy.template())
    (tmp_path / "api.yaml").write_text(render_api.render(there))
    assert linted(tmp_path / "toy.yaml", tmp_path / "api.yaml") == (0, "")


def linted(*templates: Path) -> tuple[int, str]:
    """What cfn-lint says: its exit status and its findings."""
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", "eu-west-1", "--", *map(str, templates)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_a_stack_stays_below_the_limit(name: str) -> None:
    assert 0 < len(expanded(name)) <= LIMIT


@pytest.mark.parametrize("name", NAMES)
def test_no_policy_of_a_role_allows_every_action(name: str) -> None:
    for role in _of("AWS::IAM::Role", name):
        for policy in role["Properties"].get("Policies", []):
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
                assert not [action for action in actions if "*" in action]
                assert statement["Resource"] != "*"


def test_what_holds_data_outlives_the_stack() -> None:
    kinds = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SecretsManager::Secret"}
    assert kinds <= {resource["Type"] for resource in expanded("infra/data.yaml").values()}
    kept = [resource for kind in kinds for resource in _of(kind, "infra/data.yaml")] + [resources("template.yaml")["Data"]]
    assert {(each.get("DeletionPolicy"), each.get("UpdateReplacePolicy")) for each in kept} == {("Retain", "Retain")}
    elsewhere = {each for name in NAMES if "data" not in name for each, resource in expanded(name).items() if resource["Type"] in kinds}
    assert elsewhere == {"AlarmKey"}, "the key of the alarms' topic encrypts nothing that is kept"


def test_tables_can_be_restored_and_are_encrypted() -> None:
    tables = _of("AWS::DynamoDB::Table", "infra/data.yaml")
    assert len(tables) == 2
    for table in tables:
        assert table["Properties"]["DeletionProtectionEnabled"] is True
        assert table["Properties"]["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["Properties"]["SSESpecification"]["SSEEnabled"] is True
        assert table["Properties"]["BillingMode"] == "PAY_PER_REQUEST"


def test_the_bucket_is_closed() -> None:
    (bucket,) = _of("AWS::S3::Bucket", "infra/data.yaml")
    assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["Properties"]["BucketEncryption"]
    (policy,) = _of("AWS::S3::BucketPolicy", "infra/data.yaml")
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"], statement["Condition"]) == ("Deny", "*", "s3:*", WITHOUT_TLS)
    assert statement["Resource"] == [{"Fn::Sub": "${FilesBucket.Arn}"}, {"Fn::Sub": "${FilesBucket.Arn}/*"}]


def test_every_queue_is_reached_over_tls_alone_and_by_whom_it_serves() -> None:
    """A queue has one policy: of two, the second would take the first one's place."""
    seen: list[str] = []
    for policy in _of("AWS::SQS::QueuePolicy", "infra/queues.yaml"):
        seen += [queue["Ref"] for queue in policy["Properties"]["Queues"]]
        *allowed, denied = policy["Properties"]["PolicyDocument"]["Statement"]
        assert (denied["Effect"], denied["Principal"], denied["Action"], denied["Condition"]) == ("Deny", "*", "sqs:*", WITHOUT_TLS)
        for statement in allowed:
            assert (statement["Action"], "Service" in statement["Principal"]) == ("sqs:SendMessage", True)
            assert statement["Condition"]
    queues = resources("infra/queues.yaml")
    assert sorted(seen) == sorted(name for name in queues if queues[name]["Type"] == "AWS::SQS::Queue")


def test_every_queue_puts_aside_what_fails() -> None:
    queues = resources("infra/queues.yaml")
    aside = {name for name in queues if name.endswith("DeadLetters")}
    for name, queue in queues.items():
        if queue["Type"] == "AWS::SQS::Queue":
            assert queue["Properties"]["SqsManagedSseEnabled"] is True
            assert queue["Properties"]["MaximumMessageSize"] == (128 if name == "UplinkQueue" else 256) * 1024
            if name not in aside:
                assert queue["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0] in aside


def test_a_queue_in_order_counts_and_limits_by_group() -> None:
    """So that thousands of messages a second pass it; and what it puts aside stays in order."""
    queues = {name: each["Properties"] for name, each in resources("infra/queues.yaml").items() if each["Type"] == "AWS::SQS::Queue"}
    ordered = {name: queue for name, queue in queues.items() if queue.get("FifoQueue") and "RedrivePolicy" in queue}
    assert set(ordered) == set(IN_ORDER)
    for queue in ordered.values():
        assert (queue["DeduplicationScope"], queue["FifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")
        assert "ContentBasedDeduplication" not in queue
        assert queues[queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]]["FifoQueue"] is True


def test_every_queue_for_what_failed_has_an_alarm() -> None:
    queues = resources("infra/queues.yaml")
    aside = {str(queues[name]["Properties"]["QueueName"]) for name in queues if name.endswith("DeadLetters")}
    alarms = _of("AWS::CloudWatch::Alarm", "infra/alarms.yaml")
    watched = {str(dimension["Value"]) for alarm in alarms for dimension in alarm["Properties"].get("Dimensions", [])}
    assert aside
    assert aside <= watched
    assert all(alarm["Properties"]["AlarmActions"] == [{"Ref": "AlarmTopic"}] for alarm in alarms)


@pytest.mark.parametrize(
    ("event", "metric"), [("SQS", "ApproximateAgeOfOldestMessage"), ("DynamoDB", "IteratorAge"), ("Schedule", "FailedInvocations")]
)
def test_every_worker_that_falls_behind_has_an_alarm(event: str, metric: str) -> None:
    alarms = [alarm["Properties"] for alarm in _of("AWS::CloudWatch::Alarm", "infra/alarms.yaml")]
    watched = {str(alarm["Dimensions"][0]["Value"]) for alarm in alarms if alarm["MetricName"] == metric}
    assert watched == set(_sources(event))
    assert watched


def _sources(kind: str) -> Iterator[str]:
    """The names by which CloudWatch knows what calls workers: of queues, of functions on streams, of rules."""
    for function in _functions():
        for event in function["Events"].values():
            if event["Type"] == kind == "SQS":
                queue = event["Properties"]["Queue"]["Ref"].removesuffix("Arn")
                yield str(resources("infra/queues.yaml")[queue]["Properties"]["QueueName"])
            elif event["Type"] == kind:
                yield str(event["Properties"]["Name"] if kind == "Schedule" else function["FunctionName"])


def test_no_stream_has_more_readers_than_dynamodb_serves_well() -> None:
    """Two of them; with a third one, all are throttled."""
    events = [event for function in _functions() for event in function["Events"].values() if event["Type"] == "DynamoDB"]
    readers = Counter(event["Properties"]["Stream"]["Ref"] for event in events)
    assert 0 < max(readers.values()) <= 2


@pytest.mark.parametrize("stack", STACKS)
def test_the_root_gives_each_stack_its_parameters(stack: str) -> None:
    properties = resources("template.yaml")[stack]["Properties"]
    nested = template(properties["Location"])
    declared, given = nested.get("Parameters", {}), properties.get("Parameters", {})
    assert given.keys() <= declared.keys()
    if Path(properties["Location"]).stem in FUNCTIONS:
        assert given.keys() == declared.keys()
    assert {name for name in declared if "Default" not in declared[name]} <= given.keys()
    for value in given.values():
        source = value.get("Fn::GetAtt")
        if source and source[1].startswith("Outputs."):
            location = resources("template.yaml")[source[0]]["Properties"]["Location"]
            assert source[1].removeprefix("Outputs.") in template(location)["Outputs"]


def test_the_root_has_a_stack_for_every_generated_template() -> None:
    nested = {Path(resource["Properties"].get("Location", "")).stem for resource in resources("template.yaml").values()}
    assert {*FUNCTIONS, "api", "data", "queues", "alarms"} <= nested


@pytest.mark.parametrize(("role", "prefixes"), [("DownloadRole", {"logs/*"}), ("MediaRole", {"exports/*", "joblogs/*"})])
def test_only_those_functions_sign_downloads_that_are_granted_it(role: str, prefixes: set[str]) -> None:
    properties = resources("template.yaml")[role]["Properties"]
    named = [each["Condition"]["ArnLike"]["aws:PrincipalArn"] for each in properties["AssumeRolePolicyDocument"]["Statement"]]
    trusted = {arn["Fn::Sub"].rpartition(":role")[2] for each in named for arn in (each if isinstance(each, list) else [each])}
    granted = {
        resource["Properties"]["Path"]["Fn::Sub"] + "*"
        for stack in FUNCTIONS
        for resource in generated(stack).values()
        if resource["Type"] == "AWS::IAM::Role" and f"${{{role}Arn}}" in str(resource)
    }
    assert trusted == granted
    (policy,) = properties["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    signed = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
    assert {each["Fn::Sub"].partition("}/")[2] for each in signed} == prefixes
    assert statement["Action"] == "s3:GetObject"


def _functions() -> list[dict[str, Any]]:
    """The workers, as they are generated."""
    return [each["Properties"] for each in generated("workers").values() if each["Type"] == "AWS::Serverless::Function"]


def _of(kind: str, name: str) -> list[dict[str, Any]]:
    return [resource for resource in expanded(name).values() if resource["Type"] == kind]
