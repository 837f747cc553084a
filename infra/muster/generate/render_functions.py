"""Rendering: a stack of functions, each with a role and a log group of its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fleet.grants import Grant
from muster.entries import WORKERS
from muster.generate.cfn import GetAtt, Ref, Sub
from muster.generate.model import Api, Function, Project, WorkerFunction
from muster.generate.resources import SETTINGS, statements, variables
from muster.generate.stack import Stack
from muster.layers import DEPENDENCIES, THIRD_PARTY

_STALE = 120
"""Seconds after which it is no use to call a worker for a time that has passed: the next one is there."""
_QUEUE = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
_STREAM = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams")


def stacks(project: Project) -> list[Stack]:
    """The stacks of functions: one for each API, and the workers."""
    return [*map(api_stack, project.apis), workers_stack(project)]


def api_stack(api: Api) -> Stack:
    """The functions of one dialect."""
    resources = [block for function in api.functions for block in blocks(function, function.grants).items()]
    return Stack(api.listing.stack, api.name, f"Muster, the functions of {api.listing.title}.", api.listing.layer, dict(resources))


def workers_stack(project: Project) -> Stack:
    """The functions that queues, streams and schedules call."""
    resources = [block for each in project.workers for block in _worker_blocks(each).items()]
    return Stack("Workers", WORKERS, "Muster, the workers.", None, dict(resources))


def blocks(function: Function, grants: Iterable[Grant], more: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The three resources of a function: it, its role, its log group."""
    properties = {
        "FunctionName": Sub(f"${{Prefix}}-{function.deployed_name}"),
        "Description": function.summary,
        "Handler": function.handler,
        "Role": GetAtt(f"{function.id}Role.Arn"),
        "MemorySize": function.memory,
        "Timeout": function.timeout,
    }
    if extra := _layers(function):
        properties["Layers"] = extra
    settings = {SETTINGS[name]: Ref(name) for name in function.settings}
    if environment := dict(sorted({**variables(function.grants), **settings}.items())):
        properties["Environment"] = {"Variables": environment}
    return {
        function.id: {"Type": "AWS::Serverless::Function", "Properties": properties | dict(more or {})},
        f"{function.id}Role": _role(function, grants),
        f"{function.id}Logs": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {
                "LogGroupName": Sub(f"/aws/lambda/${{Prefix}}-{function.deployed_name}"),
                "RetentionInDays": Ref("LogRetentionDays"),
            },
        },
    }


def _role(function: Function, grants: Iterable[Grant]) -> dict[str, Any]:
    """Its path names the function, so that other policies can."""
    logs = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": GetAtt(f"{function.id}Logs.Arn")}
    path = function.deployed_name.removeprefix(f"{function.short}-")
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "Path": Sub(f"/${{Prefix}}/{function.folder}/{path}/"),
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
            },
            "Policies": [
                {"PolicyName": "grants", "PolicyDocument": {"Version": "2012-10-17", "Statement": [logs, *statements(grants)]}},
            ],
        },
    }


def _layers(function: Function) -> list[Ref]:
    return [Ref(THIRD_PARTY[name].id) for name in sorted(function.layers - {DEPENDENCIES.name})]


def poller_grants(each: WorkerFunction) -> frozenset[Grant]:
    """What Lambda does with the function's role: read the source, and send failed records to the dead-letter queue."""
    worker = each.worker
    if worker.kind == "queue":
        return frozenset(Grant(worker.source, action) for action in _QUEUE)
    dead_letters = Grant("StreamDeadLetters", "sqs:SendMessage")
    if worker.kind == "stream":
        return frozenset({dead_letters, *(Grant(f"{worker.source}Stream", action) for action in _STREAM)})
    return frozenset({dead_letters})


def _worker_blocks(each: WorkerFunction) -> dict[str, Any]:
    worker = each.worker
    dead_letters = Ref("StreamDeadLettersArn")
    if worker.kind == "schedule":
        more: dict[str, Any] = {
            "EventInvokeConfig": {
                "MaximumEventAgeInSeconds": _STALE,
                "MaximumRetryAttempts": 2,
                "DestinationConfig": {"OnFailure": {"Type": "SQS", "Destination": dead_letters}},
            },
            "Events": {"Tick": {"Type": "Schedule", "Properties": _schedule(each, dead_letters)}},
        }
    elif worker.kind == "stream":
        more = {"Events": {"Change": {"Type": "DynamoDB", "Properties": _stream(each, dead_letters)}}}
    else:
        more = {"Events": {"Message": {"Type": "SQS", "Properties": _queue(each)}}}
    return blocks(each.function, each.worker.grants | poller_grants(each), more)


def _schedule(each: WorkerFunction, dead_letters: Ref) -> dict[str, Any]:
    """Failed invocations go to the rule's dead-letter queue, whose policy admits the rule by its name."""
    return {
        "Name": Sub(f"${{Prefix}}-{each.function.deployed_name}"),
        "Schedule": each.worker.source,
        "RetryPolicy": {"MaximumEventAgeInSeconds": _STALE, "MaximumRetryAttempts": 2},
        "DeadLetterConfig": {"Arn": dead_letters},
    }


def _queue(each: WorkerFunction) -> dict[str, Any]:
    """Lambda requires a batching window for batches of more than ten messages."""
    return {
        "Queue": Ref(f"{each.worker.source}Arn"),
        "BatchSize": each.worker.batch,
        "MaximumBatchingWindowInSeconds": 1 if each.worker.batch > 10 else 0,
        "ScalingConfig": {"MaximumConcurrency": each.worker.at_once},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }


def _stream(each: WorkerFunction, dead_letters: Ref) -> dict[str, Any]:
    """From the oldest record on: a new worker may get records twice, but misses none that were written while it was deployed."""
    return {
        "Stream": Ref(f"{each.worker.source}StreamArn"),
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": each.worker.batch,
        "MaximumBatchingWindowInSeconds": each.worker.window,
        "FilterCriteria": {"Filters": [{"Pattern": pattern} for pattern in each.worker.filter.patterns]},
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": 5,
        "DestinationConfig": {"OnFailure": {"Destination": dead_letters}},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
    }
