"""Rendering: the one REST API in front of all dialects."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from edge.answer import SECURE
from muster.generate.cfn import GetAtt, Ref, Sub, dump
from muster.generate.model import HEADER, Function, Project
from muster.generate.render_queries import LINE, queries
from muster.generate.resources import PREFIX, RETENTION

ANY = "x-amazon-apigateway-any-method"
_GREEDY = "{proxy+}"

FRONT_ANSWERS: Mapping[str, HTTPStatus] = {
    "ACCESS_DENIED": HTTPStatus.FORBIDDEN,
    "BAD_REQUEST_BODY": HTTPStatus.BAD_REQUEST,
    "BAD_REQUEST_PARAMETERS": HTTPStatus.BAD_REQUEST,
    "DEFAULT_4XX": HTTPStatus.BAD_REQUEST,
    "DEFAULT_5XX": HTTPStatus.INTERNAL_SERVER_ERROR,
    "INTEGRATION_TIMEOUT": HTTPStatus.GATEWAY_TIMEOUT,
    "MISSING_AUTHENTICATION_TOKEN": HTTPStatus.NOT_FOUND,
    "QUOTA_EXCEEDED": HTTPStatus.TOO_MANY_REQUESTS,
    "REQUEST_TOO_LARGE": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    "RESOURCE_NOT_FOUND": HTTPStatus.NOT_FOUND,
    "THROTTLED": HTTPStatus.TOO_MANY_REQUESTS,
    "UNSUPPORTED_MEDIA_TYPE": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "WAF_FILTERED": HTTPStatus.FORBIDDEN,
}
"""Status of each answer that API Gateway gives itself. It reports unknown paths as MISSING_AUTHENTICATION_TOKEN."""


def front_body(status: HTTPStatus) -> dict[str, Any]:
    """One body with the members of every dialect's errors: API Gateway does not know whose path it was."""
    phrase = "Content Too Large" if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE else status.phrase  # older Pythons say it otherwise
    return {"statusCode": status.value, "error": phrase, "type": phrase.title().replace(" ", ""), "message": phrase, "detail": phrase}


def render(project: Project) -> str:
    """The API stack: the definition, the role that calls the functions, the access log."""
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Description": "Muster, the API in front of all functions.",
        "Metadata": {"cfn-lint": {"config": {"ignore_checks": ["W2001"]}}},
        "Parameters": _PARAMETERS,
        "Resources": {
            "Api": {"Type": "AWS::Serverless::Api", "Properties": _properties(project)},
            "CallFunctions": _role(project),
            "AccessLog": {
                "Type": "AWS::Logs::LogGroup",
                "Properties": {"LogGroupName": Sub("/muster/${Prefix}/access"), "RetentionInDays": Ref("LogRetentionDays")},
            },
            **queries(project),
        },
        "Outputs": {
            "Url": {
                "Description": "The base URL of all APIs.",
                "Value": Sub("https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/${Stage}"),
            },
            "ApiId": {"Value": Ref("Api")},
            "AccessLog": {"Value": Ref("AccessLog")},
        },
    }
    return dump(template, HEADER)


_PARAMETERS: Mapping[str, Any] = {
    "Prefix": PREFIX,
    "Stage": {
        "Type": "String",
        "Default": "live",
        "AllowedPattern": "[A-Za-z0-9_]+",
        "Description": "The first part of every path, unless a domain hides it.",
    },
    "GatewayLogs": {"Type": "String", "Default": "kept", "Description": "What lets API Gateway log; named so that it is there first."},
    "LogRetentionDays": RETENTION,
    "RequestsPerSecond": {"Type": "Number", "Default": 1000, "Description": "Above that, for long, callers are answered 429."},
    "RequestsAtOnce": {"Type": "Number", "Default": 2000, "Description": "The burst that is let through before that."},
    "GuardedPerSecond": {
        "Type": "Number",
        "Default": 5,
        "Description": "The same for each route that is expensive, or lets a secret be guessed.",
    },
    "GuardedAtOnce": {"Type": "Number", "Default": 10, "Description": "The burst of each of these routes."},
}


def _properties(project: Project) -> dict[str, Any]:
    """The API with its limits.

    The SAM translator names a deployment by a hash of the definition, in which parameters are not filled in: with another
    Prefix it would keep the old deployment, which calls functions that are gone. So each update deploys anew.
    """
    return {
        "Name": Sub("${Prefix}"),
        "StageName": Ref("Stage"),
        "OpenApiVersion": "3.0.1",
        "AlwaysDeploy": True,
        "EndpointConfiguration": {"Type": "REGIONAL"},
        "AccessLogSetting": {"DestinationArn": GetAtt("AccessLog.Arn"), "Format": LINE},
        "MethodSettings": [_limit("/*", "*", "Requests"), *_guarded(project)],
        "DefinitionBody": definition(project),
    }


def _guarded(project: Project) -> Iterator[dict[str, Any]]:
    """The lower limits of the routes that have them, at each of their paths."""
    for api in project.apis:
        for each in api.routes:
            if each.route.guarded:
                paths = [project.deployed_paths[resource] for resource in each.route.resources]
                yield from (_limit("/" + path.replace("/", "~1"), each.route.method, "Guarded") for path in paths)


def _limit(path: str, method: str, of: str) -> dict[str, Any]:
    limits = {"ThrottlingRateLimit": Ref(f"{of}PerSecond"), "ThrottlingBurstLimit": Ref(f"{of}AtOnce")}
    return {"ResourcePath": path, "HttpMethod": method, **limits}


def definition(project: Project) -> dict[str, Any]:
    """The OpenAPI document that API Gateway imports: each method of each path names the function that serves it."""
    paths: dict[str, dict[str, Any]] = {}
    for api in project.apis:
        for each in api.routes:
            for path in [project.deployed_paths[resource] for resource in each.route.resources]:
                methods = paths.setdefault(path, {ANY: _operation(path, api.fallback)})
                methods |= {method.lower(): _operation(path, each.function) for method in each.methods}
        for path in [*api.listing.prefixes, *_catch_alls(api.listing.prefixes, project.scopes(api))]:
            paths.setdefault(path, {ANY: _operation(path, api.fallback)})
    return {
        "openapi": "3.0.1",
        "info": {"title": Sub("${Prefix}"), "version": "1"},
        "paths": {path: dict(sorted(paths[path].items())) for path in sorted(paths)},
        "x-amazon-apigateway-binary-media-types": ["*/*"],
        "x-amazon-apigateway-gateway-responses": {name: _front(status) for name, status in FRONT_ANSWERS.items()},
    }


def _catch_alls(prefixes: Iterable[str], paths: Iterable[str]) -> Iterator[str]:
    """A greedy path below each prefix; where a level has a variable already, below that one."""
    for prefix in prefixes:
        at = prefix
        while (variable := _variable_below(at, paths)) and not variable.endswith("+}"):
            at = f"{at}/{variable}"
            yield at
        yield f"{at}/{variable or _GREEDY}"


def _variable_below(at: str, paths: Iterable[str]) -> str | None:
    parts = [path.removeprefix(f"{at}/").partition("/")[0] for path in paths if path.startswith(f"{at}/")]
    return next((part for part in parts if part.startswith("{")), None)


def _operation(path: str, function: Function) -> dict[str, Any]:
    names = [part.strip("{}").removesuffix("+") for part in path.split("/") if part.startswith("{")]
    operation: dict[str, Any] = {
        "responses": {},
        "x-amazon-apigateway-integration": {
            "type": "aws_proxy",
            "httpMethod": "POST",
            "credentials": GetAtt("CallFunctions.Arn"),
            "uri": Sub(
                "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/arn:${AWS::Partition}:lambda:"
                f"${{AWS::Region}}:${{AWS::AccountId}}:function:${{Prefix}}-{function.deployed_name}/invocations"
            ),
        },
    }
    if names:
        operation["parameters"] = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]
    return dict(sorted(operation.items()))


def _front(status: HTTPStatus) -> dict[str, Any]:
    headers = {"X-Request-Id": "context.requestId", "Access-Control-Allow-Origin": "'*'"} | {
        name: f"'{value}'" for name, value in SECURE.items()
    }
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        headers["Retry-After"] = "'1'"
    return {
        "statusCode": status.value,
        "responseParameters": {f"gatewayresponse.header.{name}": value for name, value in headers.items()},
        "responseTemplates": {"application/json": json.dumps(front_body(status), separators=(",", ":"))},
    }


def _role(project: Project) -> dict[str, Any]:
    """The role in which API Gateway calls the functions of the dialects, and nothing else."""
    function = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${Prefix}"
    functions = [Sub(f"{function}-{api.listing.short}-*") for api in project.apis]
    call = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": functions}
    trust = {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "Path": Sub("/${Prefix}/api/"),
            "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
            "Policies": [{"PolicyName": "calls", "PolicyDocument": {"Version": "2012-10-17", "Statement": [call]}}],
        },
    }
