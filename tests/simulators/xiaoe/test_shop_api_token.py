from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.xiaoe.shop_client import CREDENTIALS, ShopClient


def test_credentials_are_taken_from_the_query_and_from_a_json_body(api: ShopClient) -> None:
    by_query = api.fetch_token()["data"]
    by_body = api.http.get(f"{api.url}/token", json=CREDENTIALS, timeout=60).json()["data"]
    assert by_body["access_token"] == by_query["access_token"]
    assert len(by_query["access_token"]) >= 512
    assert by_query["expires_in"] == 7200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"app_id": ""}, 2001),
        ({"app_id": "appOTHER"}, 2002),
        ({"secret_key": ""}, 2003),
        ({"secret_key": "wrong"}, 2004),
        ({"client_id": "wrong"}, 2002),
        ({"client_id": ""}, 2002),
        ({"grant_type": ""}, 2005),
    ],
)
def test_wrong_credentials_are_told_apart(api: ShopClient, change: Any, code: int) -> None:
    assert api.fetch_token(**change)["code"] == code


def test_an_old_shop_needs_no_client_id(api: ShopClient) -> None:
    api.settings.client_id_required = False
    assert api.fetch_token(client_id="")["code"] == 0


def test_post_to_token_is_the_wrong_method(api: ShopClient) -> None:
    assert api.http.post(f"{api.url}/token", json=CREDENTIALS, timeout=60).json()["code"] == 2055


def test_the_same_token_comes_back_until_30_minutes_are_left(api: ShopClient) -> None:
    first = api.fetch_token()["data"]
    api.shop.clock.advance(5390)
    again = api.fetch_token()["data"]
    assert again["access_token"] == first["access_token"]
    assert 1800 <= again["expires_in"] <= 1811
    api.shop.clock.advance(20)
    renewed = api.fetch_token()["data"]
    assert renewed["access_token"] != first["access_token"]
    assert renewed["expires_in"] == 7200


@pytest.mark.parametrize("mode", ["reuse_until_30min", "rotate_5min_overlap"])
def test_the_previous_token_works_five_minutes_longer(api: ShopClient, mode: str) -> None:
    api.settings.token_mode = mode
    api.settings.rate_limits = False
    assert api.code("goods.list") == 0
    old = api.token
    if mode == "reuse_until_30min":
        api.shop.clock.advance(5500)
    new = api.fetch_token()["data"]["access_token"]
    assert new != old
    assert api.code("goods.list") == 0
    api.shop.clock.advance(301)
    assert api.code("goods.list") == 2008
    api.token = new
    assert api.code("goods.list") == 0


def test_another_refresher_logs_us_out_when_tokens_rotate(api: ShopClient) -> None:
    api.settings.token_mode = "rotate_5min_overlap"
    assert api.code("goods.list") == 0
    api.app.tokens.fetch_elsewhere()
    api.shop.clock.advance(301)
    assert api.code("goods.list") == 2008


def test_a_token_dies_after_two_hours_or_when_revoked(api: ShopClient) -> None:
    assert api.code("goods.list") == 0
    api.shop.clock.advance(7201)
    assert api.code("goods.list") == 2008
    api.token = ""
    assert api.code("goods.list") == 0
    api.app.tokens.revoke_all()
    assert api.code("goods.list") == 2008


def test_a_token_can_be_made_to_last_so_many_calls(api: ShopClient) -> None:
    api.settings.token_lasts_calls = 2
    assert [api.code("goods.list") for _ in range(3)] == [0, 0, 2008]
    api.token = ""
    assert api.code("goods.list") == 0


def test_the_hundred_and_first_token_of_a_window_is_refused(api: ShopClient) -> None:
    codes = [api.fetch_token()["code"] for _ in range(101)]
    assert codes == [0] * 100 + [2053]
    api.shop.clock.advance(600)
    assert api.fetch_token()["code"] == 0


@pytest.mark.parametrize(
    ("shape", "expected"), [("string", "7200"), ("zero", 0), ("negative", -1), ("int", 7200)]
)
def test_expires_in_can_come_in_odd_shapes(api: ShopClient, shape: str, expected: Any) -> None:
    api.settings.token_expires_as = shape
    assert api.fetch_token()["data"]["expires_in"] == expected


def test_a_token_can_be_empty(api: ShopClient) -> None:
    api.settings.token_empty = True
    assert api.fetch_token()["data"]["access_token"] == ""


def test_a_reused_token_may_announce_its_full_life(api: ShopClient) -> None:
    api.settings.token_expires_in = "full"
    api.fetch_token()
    api.shop.clock.advance(1000)
    assert api.fetch_token()["data"]["expires_in"] == 7200


def test_lengths_lives_and_codes_are_settings(api: ShopClient) -> None:
    api.settings.token_length = 40
    api.settings.token_lifetime = 4000
    api.settings.token_overlap = 10
    first = api.fetch_token()["data"]
    assert (len(first["access_token"]), first["expires_in"]) == (40, 4000)
    api.settings.bad_secret_code = 2001
    assert api.fetch_token(secret_key="wrong")["code"] == 2001
