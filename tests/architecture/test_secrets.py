"""Each function reads only the secrets that its work needs."""

from __future__ import annotations

from fleet.grants import Grant
from muster.generate.collect import collect
from muster.home import ROOT

_PAGED = {"get_gateway_performance", "list_gateway_battery", "list_gateway_status"}


def _secrets(grants: frozenset[Grant]) -> set[str]:
    return {grant.resource for grant in grants if grant.action == "secretsmanager:GetSecretValue"}


def _routes(dialect: str) -> dict[str, set[str]]:
    (api,) = (each for each in collect(ROOT).apis if each.dialect.name == dialect)
    return {each.route.name: _secrets(each.function.grants) for each in api.routes}


def test_a_route_of_wisdm_reads_the_secret_of_hashes_and_if_it_pages_that_of_pages() -> None:
    found = _routes("wisdm")
    assert found == {name: {"CredentialSecret", *({"PagingSecret"} if name in _PAGED else ())} for name in found}
    assert found.keys() > _PAGED


def test_a_route_of_thingsee_reads_that_of_sign_in_tokens_and_the_one_that_signs_in_that_of_hashes() -> None:
    found = _routes("thingsee")
    assert found == {name: {"SignInSecret", *({"CredentialSecret"} if name == "create_client_token" else ())} for name in found}
    assert "create_client_token" in found


def test_only_workers_that_open_boxes_or_make_links_read_a_secret() -> None:
    found = {each.function.name: _secrets(each.function.grants) for each in collect(ROOT).workers}
    assert {name: secrets for name, secrets in found.items() if secrets} == {
        "callback_send": {"LinkSecret"},
        "mail_send": {"LinkSecret"},
        "uplink_receive": {"UplinkSecret"},
    }
