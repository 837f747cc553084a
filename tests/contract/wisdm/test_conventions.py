"""What holds on every route: transport, JSON, errors (contract, 1). A command's route stands for those with a body."""

from __future__ import annotations

import json
from typing import Any

import pytest

from functions.wisdm import fallback
from functions.wisdm.battery import set_monitoring
from functions.wisdm.command import send
from functions.wisdm.gateway import get_status, list_status
from functions.wisdm.location import list as list_locations
from functions.wisdm.version import get as get_version
from tests.contract.wisdm.tenant import Tenant, failing, refused
from tests.harness.call import Answered, Context, answered, call, event

LIMIT = 256 * 1024
UNKNOWN = {"sn": "GW999999"}
"""A gateway that is not there: what passes all checks of form is 404."""


def posted(standing: Tenant, body: bytes, **headers: str) -> Answered:
    return call(
        send.handler, UNKNOWN, key=standing.key, body=body, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


def asked(method: str, resource: str, **more: Any) -> Answered:
    """A request that no route takes, as the API hands it to the fallback."""
    return answered(fallback.handler(event(method, resource, **more), Context()))


class TestBodies:
    """1.1 and 1.2."""

    @pytest.mark.parametrize(
        "kind", ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"], ids=str
    )
    def test_json_is_taken(self, standing: Tenant, kind: str) -> None:
        assert posted(standing, b'{"command":"uptime"}', Content_Type=kind).status == 404

    @pytest.mark.parametrize(
        "kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x", "application/jsonp"], ids=str
    )
    def test_another_content_type_is_bad(self, standing: Tenant, kind: str) -> None:
        assert failing(posted(standing, b'{"command":"uptime"}', Content_Type=kind)) == [""]

    @pytest.mark.parametrize("size", [LIMIT - 1, LIMIT], ids=["less", "limit"])
    def test_256_kib_are_taken(self, standing: Tenant, size: int) -> None:
        assert posted(standing, b'{"command":"uptime"}'.ljust(size)).status == 404

    def test_more_than_256_kib_are_bad(self, standing: Tenant) -> None:
        assert failing(posted(standing, b'{"command":"uptime"}'.ljust(LIMIT + 1))) == [""]

    @pytest.mark.parametrize(
        "body",
        [b"", b" ", b"{", b'{"command":"uptime"', b"{'command':'uptime'}", b'{"command":"uptime",}', b'{"command":"uptime"}{}',
         b'{"command":"uptime"} // said', b'{"command":"up\ntime"}', b'{"command":"\xff"}', b'\xef\xbb\xbf{"command":"uptime"}',
         b'{"command":"uptime","x":"\\ud800"}', b"[" * 100_000],
        ids=lambda body: ascii(body)[2:24],
    )  # fmt: skip
    def test_what_is_no_json_is_bad(self, standing: Tenant, body: bytes) -> None:
        assert failing(posted(standing, body)) == [""]

    @pytest.mark.parametrize("body", [b"[]", b'[{"command":"uptime"}]', b'"uptime"', b"5", b"true", b"null"], ids=ascii)
    def test_what_is_no_object_is_bad(self, standing: Tenant, body: bytes) -> None:
        assert failing(posted(standing, body)) == [""]

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
    def test_constants_that_json_lacks_are_bad(self, standing: Tenant, number: str) -> None:
        assert failing(posted(standing, f'{{"command":"uptime","x":{number}}}'.encode())) == [""]

    @pytest.mark.parametrize(
        "body",
        [
            b'{"command":"uptime","command":"uptime"}',
            b'{"command":"uptime","x":{"a":1,"a":1}}',
            b'{"command":"uptime","comman\\u0064":"date"}',
        ],
        ids=["top", "nested", "escaped"],
    )
    def test_duplicate_members_are_bad(self, standing: Tenant, body: bytes) -> None:
        assert failing(posted(standing, body)) == [""]

    def test_unknown_members_are_ignored(self, standing: Tenant) -> None:
        assert posted(standing, b'{"command":"uptime","colour":"blue"}').status == 404

    def test_null_is_absent(self, standing: Tenant) -> None:
        assert posted(standing, b'{"command":"uptime","args":null,"timeout":null,"pipes":null}').status == 404

    def test_null_is_missing_where_a_member_is_required(self, standing: Tenant) -> None:
        assert posted(standing, b'{"command":null}').json["details"] == [{"field": "command", "message": "is required"}]

    @pytest.mark.parametrize("number", ["60.0", "6e1", '"60"', "true", "[]", "1e400", "9" * 5000], ids=lambda number: number[:8])
    def test_integers_have_neither_fraction_nor_exponent(self, standing: Tenant, number: str) -> None:
        assert posted(standing, f'{{"command":"uptime","timeout":{number}}}'.encode()).status == 400

    def test_a_get_does_not_look_at_body_or_content_type(self, standing: Tenant) -> None:
        assert call(get_version.handler, key=standing.key, body=b"{", headers={"Content-Type": "text/plain"}).status == 200


class TestAnswers:
    """1.1 and 1.4."""

    def test_json_says_so(self, standing: Tenant) -> None:
        assert call(get_version.handler, key=standing.key).headers["Content-Type"] == "application/json"

    @pytest.mark.parametrize(
        "accept", ["gzip", "GZIP", "gzip, deflate, br", "br;q=1, gzip;q=0.5", "*", "gzip ; q=0.001", "*;q=0, gzip"], ids=str
    )
    def test_who_accepts_gzip_gets_it(self, standing: Tenant, accept: str) -> None:
        answer = call(get_version.handler, key=standing.key, headers={"Accept-Encoding": accept})
        assert answer.encoding == "gzip"
        assert answer.json["version"]

    @pytest.mark.parametrize(
        "accept", [None, "", "identity", "br", "gzip;q=0", "deflate, gzip;q=0.0", "gzippy", "*;q=0", "*, gzip;q=0"], ids=str
    )
    def test_who_does_not_gets_it_plain(self, standing: Tenant, accept: str | None) -> None:
        answer = call(get_version.handler, key=standing.key, headers={"Accept-Encoding": accept} if accept is not None else {})
        assert (answer.encoding, answer.json["version"]) == (None, "v4.0.0")

    def test_errors_are_compressed_too(self, standing: Tenant) -> None:
        answer = call(get_version.handler, headers={"Accept-Encoding": "gzip"})
        assert answer.encoding == "gzip"
        refused(answer, 403)

    def test_an_answer_without_a_body_has_no_content_type(self, standing: Tenant) -> None:
        tenant = Tenant.of(standing.fleet)
        card = tenant.gateway(tenant.location(), model="RAK7289CV2")
        tenant.fleet.online(card)
        answer = call(set_monitoring.handler, {"sn": card.sn}, key=tenant.key, body={"enabled": True})
        assert (answer.status, answer.content) == (204, b"")
        assert "Content-Type" not in answer.headers

    def test_an_error_has_these_members(self, standing: Tenant) -> None:
        answer = call(get_status.handler, UNKNOWN, key=standing.key)
        assert answer.json == {"statusCode": 404, "error": "Not Found", "message": "Gateway not found"}

    def test_a_bad_request_has_details(self, standing: Tenant) -> None:
        answer = posted(standing, b'{"command":"uptime","timeout":0}')
        assert answer.json == {
            "statusCode": 400, "error": "Bad Request", "message": "Invalid parameters",
            "details": [{"field": "timeout", "message": "must be at least 1"}],
        }  # fmt: skip

    @pytest.mark.parametrize("key", [True, False], ids=["good", "none"])
    def test_any_origin_may_read_it(self, standing: Tenant, key: bool) -> None:
        answer = call(get_version.handler, key=standing.key if key else None)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"

    def test_no_message_holds_what_was_sent(self, standing: Tenant) -> None:
        sent = {"command": "secret-1", "args": "secret-2$", "timeout": "secret-3", "pipes": [{"command": "secret-4"}, "secret-5"]}
        assert "secret" not in posted(standing, json.dumps(sent).encode()).content.decode()

    def test_no_message_holds_a_path_or_query_value(self, standing: Tenant) -> None:
        answer = call(get_status.handler, {"sn": "secret-6"}, key=standing.key, query={"x": "secret-7"})
        assert "secret" not in answer.content.decode()


class TestQueries:
    """1.1 and 1.4."""

    @staticmethod
    def paged(standing: Tenant, **query: Any) -> Answered:
        """A page, asked for with parameters that may come several times."""
        tenant = Tenant.of(standing.fleet)
        path = {"locationId": tenant.location().id}
        made = event("GET", list_status.handler.route.resource, path=path, headers={"X-API-KEY": tenant.key})
        made["multiValueQueryStringParameters"] = query
        made["queryStringParameters"] = {name: values[-1] for name, values in query.items()}
        return answered(list_status.handler(made, Context()))

    @pytest.mark.parametrize(("sizes", "status"), [(["5", "7"], 200), (["x", "7"], 200), (["7", "x"], 400)], ids=str)
    def test_of_a_parameter_that_comes_again_the_last_counts(self, standing: Tenant, sizes: list[str], status: int) -> None:
        answer = self.paged(standing, pageSize=sizes)
        assert (answer.status, answer.json.get("pageSize")) == (status, 7 if status == 200 else None)

    @pytest.mark.parametrize("name", ["PageSize", "pagesize", "page_size", "pageSize ", "pageSize[]"], ids=str)
    def test_a_parameter_has_no_second_spelling(self, standing: Tenant, name: str) -> None:
        assert self.paged(standing, **{name: ["7"]}).json["pageSize"] == 100

    @pytest.mark.parametrize("value", ["\ud800", "\x00", "x" * 7000], ids=ascii)
    def test_a_hostile_value_is_bad(self, standing: Tenant, value: str) -> None:
        assert failing(self.paged(standing, pageSize=[value])) == ["pageSize"]
        assert failing(self.paged(standing, nextToken=[value])) == ["nextToken"]


class TestHeaders:
    """1.1: names are read in any case, and the last of several counts, as at the front end."""

    @pytest.mark.parametrize("names", [("X-API-KEY", "x-api-key"), ("x-api-key", "X-Api-Key")], ids=str)
    def test_of_a_key_that_comes_again_the_last_counts(self, standing: Tenant, names: tuple[str, str]) -> None:
        unknown = f"wdk_{'A' * 12}_{'b' * 43}"
        assert call(get_version.handler, headers=dict(zip(names, (unknown, standing.key), strict=True))).status == 200
        refused(call(get_version.handler, headers=dict(zip(names, (standing.key, unknown), strict=True))), 403)

    @pytest.mark.parametrize("name", ["content-type", "CONTENT-TYPE"])
    def test_the_content_type_is_read_in_any_case(self, standing: Tenant, name: str) -> None:
        made = event("POST", send.handler.route.resource, path=UNKNOWN, body=b"{}", headers={"X-API-KEY": standing.key, name: "text/plain"})
        assert failing(answered(send.handler(made, Context()))) == [""]

    def test_json_need_not_be_said(self, standing: Tenant) -> None:
        made = event("POST", send.handler.route.resource, path=UNKNOWN, body=b'{"command":"uptime"}', headers={"X-API-KEY": standing.key})
        refused(answered(send.handler(made, Context())), 404)


class TestPaths:
    """1.1."""

    def test_a_trailing_slash_is_the_same_route(self, standing: Tenant) -> None:
        made = event("GET", list_locations.handler.route.resource, path=standing.path, headers={"X-API-KEY": standing.key})
        made["path"] = made["requestContext"]["path"] = made["path"] + "/"
        assert answered(list_locations.handler(made, Context())).json == {"total": 0, "locations": []}

    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
    def test_an_unknown_path_is_404(self, method: str) -> None:
        assert refused(asked(method, "/{proxy+}", path={"proxy": "v4/gadgets"}), 404) == "Resource not found"

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [("DELETE", "/v4/organization", ["GET"]), ("POST", "/v4/version", ["GET"]),
         ("PUT", "/v4/location/{locationId}/gateways", ["GET", "POST"]),
         ("PATCH", "/v4/organization/{organizationId}/locations", ["GET", "POST"]),
         ("DELETE", "/v4/gateway/{sn}/async-cmd/{commandId}", ["GET"])],
        ids=str,
    )  # fmt: skip
    def test_another_method_of_a_known_path_is_405(self, method: str, path: str, allowed: list[str]) -> None:
        answer = asked(method, path)
        refused(answer, 405)
        assert sorted({name.strip() for name in answer.headers["Allow"].split(",")} - {"OPTIONS"}) == allowed

    def test_405_needs_no_key(self) -> None:
        assert asked("DELETE", "/v4/version").json["error"] == "Method Not Allowed"

    def test_a_preflight_is_answered_without_a_key(self) -> None:
        answer = asked("OPTIONS", "/v4/location/{locationId}/gateways", headers={"Origin": "https://app.example.com"})
        assert (answer.status, answer.content) == (204, b"")
        assert "Content-Type" not in answer.headers

    def test_a_preflight_says_what_may_be_sent(self) -> None:
        headers = asked("OPTIONS", "/v4/location/{locationId}/gateways").headers
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert {"GET", "POST"} <= {name.strip() for name in headers["Access-Control-Allow-Methods"].split(",")}
        assert headers["Access-Control-Allow-Headers"] == "X-API-KEY, Content-Type"
