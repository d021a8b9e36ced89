"""The digest of a day."""

from __future__ import annotations

from include.shops import ShopConfig
from include.status.digest import digest_of
from include.status.snapshot import read_snapshot


def test_the_digest_tells_yesterday_of_each_shop_and_what_is_open(world):
    picture = read_snapshot(world.hap(), (ShopConfig(),))
    message = digest_of(picture, "https://airflow.example.com")
    yesterday = picture["shops"][0]["days"][-2]
    assert world.app_id in message.body
    assert f"{yesterday['hap']['orders']} 单 orders" in message.body
    assert "https://airflow.example.com/plugin/xiaoe/xiaoe/" in message.body
    assert f"open errors: {picture['errors']['total']}" in message.body
