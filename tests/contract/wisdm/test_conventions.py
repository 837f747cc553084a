"""What holds on every route: transport, JSON, errors (wisdm.md 1). A command's route stands for those with a body."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.wisdm import fallback
from functions.wisdm.battery import set_monitoring
from functions.wisdm.command import send
from functions.wisdm.gateway import get_status, list_status
from functions.wisdm.gateway import list as list_gateways
from functions.wisdm.location import list as list_locations
from functions.wisdm.version import get as get_version
from tests.contract.wisdm.answers import invalid_fields, refusal_message
from tests.contract.wisdm.tenant import Tenant, TenantWithGateways
from tests.harness.call import Context, Response, answered, call, event, sent_as, serve

LIMIT = 256 * 1024
UNKNOWN = {"sn": "GW999999"}
"""An unknown gateway: a well-formed request is 404."""


def post(tenant: Tenant, body: bytes, **headers: str) -> Response:
    return call(
        send.handler, UNKNOWN, key=tenant.key, body=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def ask_fallback(method: str, resource: str, **more: Any) -> Response:
    """Send a request without a route to the fallback."""
    return answered(fallback.handler(event(method, resource, **more), Context()))


def ask_fallback_for(method: str, path: str) -> Response:
    """Send a request for a path below `/v4` that no resource of API Gateway has."""
    return answered(fallback.handler(sent_as(event(method, "/v4/{proxy+}", path={"proxy": path}), proxy=path), Context()))


class TestBodies:
    """1.1 and 1.2."""

    def test_json_is_taken(self, tenant: Tenant) -> None:
        for kind in ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"]:
            assert post(tenant, b'{"command":"uptime"}', Content_Type=kind).status == 404, kind

    def test_another_content_type_is_bad(self, tenant: Tenant) -> None:
        forms = ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
        for kind in [*forms, "text/plain", "application/jsonp", "", "; charset=utf-8"]:
            answer = post(tenant, b'{"command":"uptime"}', Content_Type=kind)
            assert invalid_fields(answer) == [""], kind
            assert answer.json["details"][0]["message"] == "must come with the header Content-Type: application/json", kind

    def test_256_kib_are_taken(self, tenant: Tenant) -> None:
        for size in [LIMIT - 1, LIMIT]:
            assert post(tenant, b'{"command":"uptime"}'.ljust(size)).status == 404, size

    def test_more_than_256_kib_are_bad(self, tenant: Tenant) -> None:
        assert invalid_fields(post(tenant, b'{"command":"uptime"}'.ljust(LIMIT + 1))) == [""]

    def test_what_is_no_json_is_bad(self, tenant: Tenant) -> None:
        for body in [
            b"",
            b" ",
            b"{",
            b'{"command":"uptime"',
            b"{'command':'uptime'}",
            b'{"command":"uptime",}',
            b'{"command":"uptime"}{}',
            b'{"command":"uptime"} // said',
            b'{"command":"up\ntime"}',
            b'{"command":"\xff"}',
            b'\xef\xbb\xbf{"command":"uptime"}',
            b'{"command":"uptime","x":"\\ud800"}',
            b"[" * 100_000,
        ]:
            assert invalid_fields(post(tenant, body)) == [""], body[:40]

    def test_what_is_no_object_is_bad(self, tenant: Tenant) -> None:
        for body in [b"[]", b'[{"command":"uptime"}]', b'"uptime"', b"5", b"true", b"null"]:
            assert invalid_fields(post(tenant, body)) == [""], body[:40]

    def test_constants_that_json_lacks_are_bad(self, tenant: Tenant) -> None:
        for number in ["NaN", "Infinity", "-Infinity"]:
            assert invalid_fields(post(tenant, f'{{"command":"uptime","x":{number}}}'.encode())) == [""], number

    def test_duplicate_members_are_bad(self, tenant: Tenant) -> None:
        for body in [
            b'{"command":"uptime","command":"uptime"}',
            b'{"command":"uptime","x":{"a":1,"a":1}}',
            b'{"command":"uptime","comman\\u0064":"date"}',
        ]:
            assert invalid_fields(post(tenant, body)) == [""], body[:40]

    def test_unknown_members_are_ignored(self, tenant: Tenant) -> None:
        assert post(tenant, b'{"command":"uptime","colour":"blue"}').status == 404

    def test_null_is_absent(self, tenant: Tenant) -> None:
        assert post(tenant, b'{"command":"uptime","args":null,"timeout":null,"pipes":null}').status == 404

    def test_null_is_missing_where_a_member_is_required(self, tenant: Tenant) -> None:
        assert post(tenant, b'{"command":null}').json["details"] == [{"field": "command", "message": "is required"}]

    def test_integers_have_neither_fraction_nor_exponent(self, tenant: Tenant) -> None:
        for number in ["60.0", "6e1", '"60"', "true", "[]", "1e400", "9" * 5000]:
            assert post(tenant, f'{{"command":"uptime","timeout":{number}}}'.encode()).status == 400, number

    def test_a_get_does_not_look_at_body_or_content_type(self, tenant: Tenant) -> None:
        assert call(get_version.handler, key=tenant.key, body=b"{", headers={"Content-Type": "text/plain"}).status == 200


class TestAnswers:
    """1.1 and 1.4."""

    def test_json_says_so(self, tenant: Tenant) -> None:
        assert call(get_version.handler, key=tenant.key).headers["Content-Type"] == "application/json"

    def test_who_accepts_gzip_gets_it(self, tenant: Tenant) -> None:
        for accept in ["gzip", "GZIP", "gzip, deflate, br", "br;q=1, gzip;q=0.5", "*", "gzip ; q=0.001", "*;q=0, gzip"]:
            answer = call(get_version.handler, key=tenant.key, headers={"Accept-Encoding": accept})
            assert answer.encoding == "gzip", accept
            assert answer.json["version"], accept

    def test_who_does_not_gets_it_plain(self, tenant: Tenant) -> None:
        for accept in [None, "", "identity", "br", "gzip;q=0", "deflate, gzip;q=0.0", "gzippy", "*;q=0", "*, gzip;q=0"]:
            answer = call(get_version.handler, key=tenant.key, headers={"Accept-Encoding": accept} if accept is not None else {})
            assert (answer.encoding, answer.json["version"]) == (None, "v4.0.0"), accept

    def test_errors_are_compressed_too(self, tenant: Tenant) -> None:
        answer = call(get_version.handler, headers={"Accept-Encoding": "gzip"})
        assert answer.encoding == "gzip"
        refusal_message(answer, 403)

    def test_an_answer_without_a_body_has_no_content_type(self, gateways: TenantWithGateways) -> None:
        answer = call(set_monitoring.handler, {"sn": gateways.online.sn}, key=gateways.key, body={"enabled": True})
        assert (answer.status, answer.content) == (204, b"")
        assert "Content-Type" not in answer.headers

    def test_an_error_has_these_members(self, tenant: Tenant) -> None:
        answer = call(get_status.handler, UNKNOWN, key=tenant.key)
        assert answer.json == {"statusCode": 404, "error": "Not Found", "message": "Gateway not found"}

    def test_a_bad_request_has_details(self, tenant: Tenant) -> None:
        answer = post(tenant, b'{"command":"uptime","timeout":0}')
        assert answer.json == {
            "statusCode": 400, "error": "Bad Request", "message": "Invalid parameters",
            "details": [{"field": "timeout", "message": "must be at least 1"}],
        }  # fmt: skip

    def test_any_origin_may_read_it(self, tenant: Tenant) -> None:
        for key in [True, False]:
            answer = call(get_version.handler, key=tenant.key if key else None)
            assert answer.headers["Access-Control-Allow-Origin"] == "*", key

    def test_no_message_holds_what_was_sent(self, tenant: Tenant) -> None:
        sent = {"command": "secret-1", "args": "secret-2$", "timeout": "secret-3", "pipes": [{"command": "secret-4"}, "secret-5"]}
        assert "secret" not in post(tenant, json.dumps(sent).encode()).content.decode()

    def test_no_message_holds_a_path_or_query_value(self, tenant: Tenant) -> None:
        answer = call(get_status.handler, {"sn": "secret-6"}, key=tenant.key, query={"x": "secret-7"})
        assert "secret" not in answer.content.decode()


class TestQueries:
    """1.1 and 1.4."""

    @staticmethod
    def get_page(gateways: TenantWithGateways, **query: Any) -> Response:
        """Get a page, with repeated query parameters."""
        path = {"locationId": gateways.place.id}
        made = event("GET", list_status.handler.route.resource, path=path, headers={"X-API-KEY": gateways.key})
        made["multiValueQueryStringParameters"] = query
        made["queryStringParameters"] = {name: values[-1] for name, values in query.items()}
        return serve(list_status.handler, made)

    def test_of_a_parameter_that_comes_again_the_last_counts(self, gateways: TenantWithGateways) -> None:
        for sizes, status in ((["5", "7"], 200), (["x", "7"], 200), (["7", "x"], 400)):
            answer = self.get_page(gateways, pageSize=sizes)
            assert (answer.status, answer.json.get("pageSize")) == (status, 7 if status == 200 else None), sizes

    def test_a_parameter_has_no_second_spelling(self, gateways: TenantWithGateways) -> None:
        for name in ["PageSize", "pagesize", "page_size", "pageSize ", "pageSize[]"]:
            assert self.get_page(gateways, **{name: ["7"]}).json["pageSize"] == 100, name

    def test_a_hostile_value_is_bad(self, gateways: TenantWithGateways) -> None:
        for value in ["\ud800", "\x00", "x" * 7000]:
            assert invalid_fields(self.get_page(gateways, pageSize=[value])) == ["pageSize"], ascii(value)[:40]
            assert invalid_fields(self.get_page(gateways, nextToken=[value])) == ["nextToken"], ascii(value)[:40]


class TestHeaders:
    """1.1: header names are case-insensitive, and the last of several values counts."""

    def test_of_a_key_that_comes_again_the_last_counts(self, tenant: Tenant) -> None:
        for names in [("X-API-KEY", "x-api-key"), ("x-api-key", "X-Api-Key")]:
            unknown = f"wdk_{'A' * 12}_{'b' * 43}"
            assert call(get_version.handler, headers=dict(zip(names, (unknown, tenant.key), strict=True))).status == 200, names
            refusal_message(call(get_version.handler, headers=dict(zip(names, (tenant.key, unknown), strict=True))), 403)

    def test_the_content_type_is_read_in_any_case(self, tenant: Tenant) -> None:
        for name in ["content-type", "CONTENT-TYPE"]:
            made = event(
                "POST", send.handler.route.resource, path=UNKNOWN, body=b"{}", headers={"X-API-KEY": tenant.key, name: "text/plain"}
            )
            assert invalid_fields(serve(send.handler, made)) == [""], name

    def test_json_need_not_be_said(self, tenant: Tenant) -> None:
        made = event("POST", send.handler.route.resource, path=UNKNOWN, body=b'{"command":"uptime"}', headers={"X-API-KEY": tenant.key})
        refusal_message(serve(send.handler, made), 404)


class TestLargeAnswers:
    """1.1: a list without pages that is too large for one answer."""

    @pytest.mark.slow
    def test_it_is_sent_compressed_or_refused(self, tenant: Tenant) -> None:
        location = tenant.location()
        found = [tenant.gateway(location, name="x" * 100_000).sn for _ in range(63)]
        path, entry = {"locationId": location.id}, list_gateways.handler
        answer = call(entry, path, key=tenant.key)
        assert refusal_message(answer, 400) == "The answer would have more than 6 MB"
        assert answer.json["details"] == [{"field": "Accept-Encoding", "message": "must be gzip"}]
        packed = call(entry, path, key=tenant.key, headers={"Accept-Encoding": "gzip"})
        assert [each["sn"] for each in packed.json["gateways"]] == sorted(found)


class TestPaths:
    """1.1."""

    def test_a_trailing_slash_is_the_same_route(self, tenant: Tenant) -> None:
        made = event("GET", list_locations.handler.route.resource, path=tenant.path, headers={"X-API-KEY": tenant.key})
        made["path"] = made["requestContext"]["path"] = made["path"] + "/"
        assert serve(list_locations.handler, made).json == {"total": 0, "locations": []}

    def test_an_unknown_path_is_404(self) -> None:
        for method in ["GET", "POST", "DELETE", "OPTIONS"]:
            assert refusal_message(ask_fallback(method, "/{proxy+}", path={"proxy": "v4/gadgets"}), 404) == "Resource not found", method

    def test_a_value_may_be_encoded(self, gateways: TenantWithGateways) -> None:
        sn = gateways.online.sn
        made = event("GET", get_status.handler.route.resource, path={"sn": sn}, headers={"X-API-KEY": gateways.key})
        for value in [sn, f"%{ord(sn[0]):X}{sn[1:]}", f"{sn[:-1]}%{ord(sn[-1]):x}"]:
            assert serve(get_status.handler, sent_as(made, sn=value)).json["sn"] == sn, value

    def test_a_value_is_decoded_once(self, gateways: TenantWithGateways) -> None:
        sn = gateways.online.sn
        made = event("GET", get_status.handler.route.resource, path={"sn": sn}, headers={"X-API-KEY": gateways.key})
        for value in [f"%25{ord(sn[0]):X}{sn[1:]}", f"{sn}%2F", f"{sn}+", f"%2B{sn}"]:
            assert invalid_fields(serve(get_status.handler, sent_as(made, sn=value))) == ["sn"], value

    def test_an_empty_value_is_400(self) -> None:
        """API Gateway gives no empty value to a variable: the request comes to the fallback, without a key's check."""
        for method, path, field in self.EMPTY:
            assert invalid_fields(ask_fallback_for(method, path)) == [field], path

    EMPTY = (
        ("POST", "gateway//reboot", "sn"),
        ("GET", "gateway//async-cmd/cmd-1/", "sn"),
        ("GET", "location//gateways/status", "locationId"),
        ("POST", "organization//api-keys/x/regenerate", "organizationId"),
    )

    def test_two_slashes_elsewhere_are_an_unknown_path(self) -> None:
        refusal_message(ask_fallback_for("DELETE", "gateway//reboot"), 404)
        for path in ("gateway//gadgets", "gateway/x//status", "gateway//"):
            refusal_message(ask_fallback_for("GET", path), 404)

    KNOWN = (
        ("DELETE", "/v4/organization", ["GET"]),
        ("POST", "/v4/version", ["GET"]),
        ("PUT", "/v4/location/{locationId}/gateways", ["GET", "POST"]),
        ("PATCH", "/v4/organization/{organizationId}/locations", ["GET", "POST"]),
        ("DELETE", "/v4/gateway/{sn}/async-cmd/{commandId}", ["GET"]),
    )
    """With methods that known paths do not have, and with those that they have."""

    def test_another_method_of_a_known_path_is_405(self) -> None:
        for method, path, allowed in self.KNOWN:
            answer = ask_fallback(method, path)
            refusal_message(answer, 405)
            assert sorted({name.strip() for name in answer.headers["Allow"].split(",")} - {"OPTIONS"}) == allowed, path

    def test_405_needs_no_key(self) -> None:
        assert ask_fallback("DELETE", "/v4/version").json["error"] == "Method Not Allowed"

    def test_a_preflight_is_answered_without_a_key(self) -> None:
        answer = ask_fallback("OPTIONS", "/v4/location/{locationId}/gateways", headers={"Origin": "https://app.example.com"})
        assert (answer.status, answer.content) == (204, b"")
        assert "Content-Type" not in answer.headers

    def test_a_preflight_says_what_may_be_sent(self) -> None:
        headers = ask_fallback("OPTIONS", "/v4/location/{locationId}/gateways").headers
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert {"GET", "POST"} <= {name.strip() for name in headers["Access-Control-Allow-Methods"].split(",")}
        assert headers["Access-Control-Allow-Headers"] == "Authorization, Content-Type, X-API-KEY"
