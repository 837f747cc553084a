"""Limits in front of the API, and how what is refused is noticed and traced: access log, saved queries, alarms, firewall."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
import time_machine

from edge.answer import SECURE
from fleet.delivery import links
from muster.generate.render_queries import LINE
from tests.infrastructure.stacks import expanded, generated, project, resources, template

GUARDED = {"create_session", "create_client_token", "create_api_key", "edit_api_key", "regenerate_api_key"}
"""Routes that take a password, or a secret that somebody could guess."""


def _line(status: int, agent: str = "curl/8.5.0") -> str:
    """A line of the access log, filled in as API Gateway does: without escaping anything."""
    values = {"httpMethod": "POST", "resourcePath": "/v4/session", "status": str(status), "sourceIp": "192.0.2.7", "userAgent": agent}
    return re.sub(r"\$context\.(?:identity\.)?(\w+)", lambda found: values.get(found[1], "1"), LINE)


def _queries() -> dict[str, str]:
    found = {name: each["Properties"]["QueryString"] for name, each in generated("api").items() if each["Type"].endswith("QueryDefinition")}
    assert found.keys() == {"FailedSignIns", "RefusedKeys", "RefusedMessages"}
    return found


def test_routes_that_take_secrets_have_lower_limits() -> None:
    settings = generated("api")["Api"]["Properties"]["MethodSettings"]
    routes = [each.route for api in project().apis for each in api.routes]
    assert {route.name for route in routes if route.guarded} == GUARDED
    wanted = {("/" + project().deployed_paths[route.resource].replace("/", "~1"), route.method) for route in routes if route.guarded}
    lower = {(each["ResourcePath"], each["HttpMethod"]) for each in settings if each["ThrottlingRateLimit"] == {"Ref": "GuardedPerSecond"}}
    assert lower == wanted
    assert all(each["ThrottlingBurstLimit"] == {"Ref": "GuardedAtOnce"} for each in settings[1:])


def test_the_limits_are_settings_of_the_stack() -> None:
    defaults = {name: each.get("Default") for name, each in template("template.yaml")["Parameters"].items()}
    limits = {"RequestsPerSecond": 1000, "RequestsAtOnce": 2000, "GuardedPerSecond": 5, "GuardedAtOnce": 10, "Firewall": "none"}
    assert limits.items() <= defaults.items()
    given = resources("template.yaml")["Api"]["Properties"]["Parameters"]
    assert all(given[name] == {"Ref": name} for name in limits if name != "Firewall")


def test_every_update_of_the_stack_deploys_the_api_anew() -> None:
    """The translator names a deployment by the definition without its parameters: another Prefix would keep the old one."""

    def deployment() -> str:
        expanded.cache_clear()
        (name,) = (name for name, each in expanded("infra/generated/api.yaml").items() if each["Type"] == "AWS::ApiGateway::Deployment")
        return name

    with time_machine.travel(datetime(2026, 1, 5, 10, tzinfo=UTC), tick=False):
        first = deployment()
    with time_machine.travel(datetime(2026, 1, 5, 11, tzinfo=UTC), tick=False):
        assert deployment() != first
    expanded.cache_clear()


@pytest.mark.parametrize("agent", ["curl/8.5.0", 'x","status":"200', '\\"', ""])
def test_queries_read_every_line_whatever_the_caller_is_called(agent: str) -> None:
    for name in ("FailedSignIns", "RefusedKeys"):
        (pattern,) = re.findall(r"parse @message /(.*)/ \| filter", _queries()[name])
        found = re.search(pattern.replace("(?<", "(?P<"), _line(401, agent))
        assert found
        assert found.groupdict() == {"verb": "POST", "path": "/v4/session", "code": "401", "source": "192.0.2.7", "client": agent}


def test_failed_sign_ins_are_those_of_the_public_routes_that_take_secrets() -> None:
    asked = set(re.findall(r"\(verb = '(\w+)' and path = '([^']+)'\)", _queries()["FailedSignIns"]))
    assert asked == {("POST", "/v4/session"), ("POST", "/auth/client-token")}


@pytest.mark.parametrize(("name", "statuses"), [("Refused", {401, 403}), ("Limited", {429})])
def test_unusually_many_refusals_are_an_alarm(name: str, statuses: set[int]) -> None:
    watched = resources("infra/alarms.yaml")
    pattern = watched[f"{name}Count"]["Properties"]["FilterPattern"]
    terms = [term.replace('\\"', '"') for term in re.findall(r'"((?:\\"|[^"])*)"', pattern)]
    for agent in ("curl", '"'):
        assert {status for status in range(200, 600) if any(term in _line(status, agent) for term in terms)} == statuses
    alarm: dict[str, Any] = watched[f"Many{name}"]["Properties"]
    assert (alarm["MetricName"], alarm["Threshold"]) == (name, {"Ref": "RefusalsUnusual"})


def test_the_firewall_counts_addresses_and_credentials_and_keeps_no_sample_of_them() -> None:
    firewall = resources("infra/firewall.yaml")["Firewall"]["Properties"]
    counted = []
    for rule in firewall["Rules"]:
        statement = rule["Statement"]["RateBasedStatement"]
        counted.append(statement["AggregateKeyType"] if "CustomKeys" not in statement else statement["CustomKeys"][0]["Header"]["Name"])
        assert rule["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429
        assert rule["VisibilityConfig"]["SampledRequestsEnabled"] is False
    credentials = {str(each["name"]).lower() for api in project().apis for route in api.routes for each in _schemes(route)}
    assert counted == ["IP", "x-api-key", "authorization"]
    assert credentials <= set(counted)
    assert resources("template.yaml")["ApiFirewall"]["Condition"] == "HasFirewall"


def _schemes(route: Any) -> list[dict[str, Any]]:
    return [{"name": "authorization", **scheme} if scheme["type"] == "http" else scheme for scheme in route.route.security.values()]


def test_what_the_gateway_answers_itself_has_the_headers_of_every_answer() -> None:
    for answer in generated("api")["Api"]["Properties"]["DefinitionBody"]["x-amazon-apigateway-gateway-responses"].values():
        for name, value in SECURE.items():
            assert answer["responseParameters"][f"gatewayresponse.header.{name}"] == f"'{value}'"


def test_what_the_firewall_answers_has_the_headers_of_what_the_gateway_answers() -> None:
    """But the number of the request, which it does not know."""
    responses = generated("api")["Api"]["Properties"]["DefinitionBody"]["x-amazon-apigateway-gateway-responses"]
    expected = {name.removeprefix("gatewayresponse.header.") for name in responses["THROTTLED"]["responseParameters"]} - {"X-Request-Id"}
    for rule in resources("infra/firewall.yaml")["Firewall"]["Properties"]["Rules"]:
        headers = {each["Name"]: each["Value"] for each in rule["Action"]["Block"]["CustomResponse"]["ResponseHeaders"]}
        assert headers.keys() == expected
        assert headers.items() >= {**SECURE, "Access-Control-Allow-Origin": "*"}.items()


def test_cloudwatch_may_use_the_key_of_the_alarms_topic() -> None:
    alarms = resources("infra/alarms.yaml")
    assert alarms["AlarmTopic"]["Properties"]["KmsMasterKeyId"] == {"Ref": "AlarmKey"}
    _, cloudwatch = alarms["AlarmKey"]["Properties"]["KeyPolicy"]["Statement"]
    assert cloudwatch["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert cloudwatch["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]


def test_an_image_that_is_replaced_can_be_had_back_and_a_log_file_that_is_deleted_cannot() -> None:
    bucket = resources("infra/data.yaml")["FilesBucket"]["Properties"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    rules = bucket["LifecycleConfiguration"]["Rules"]
    for prefix in ("logs/", "exports/", "joblogs/"):
        deleted, markers = [rule for rule in rules if rule["Prefix"] == prefix]
        assert deleted["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
        assert deleted["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] <= 2
        assert markers["ExpiredObjectDeleteMarker"] is True
    assert not [rule for rule in rules if rule["Prefix"] not in ("logs/", "exports/", "joblogs/")]


def test_a_file_is_there_for_as_long_as_links_lead_to_it() -> None:
    """S3 counts whole days from the day on which a file, or the upload of its parts, began; a link counts from the making of the name."""
    rules = resources("infra/data.yaml")["FilesBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]
    days = {rule["Prefix"].rstrip("/"): rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule}
    assert {folder: timedelta(days=days[folder]) for folder in get_args(links.Folder)} == dict.fromkeys(get_args(links.Folder), links.LIFE)
