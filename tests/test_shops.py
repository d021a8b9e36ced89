"""The list of shops: what it gives, and what is said where it is wrong."""

from __future__ import annotations

import pytest

from connectors.errors import ConfigurationError
from include.shops import ShopConfig, apps_of, read_shops, shop_named

TWO = '[[shop]]\nname = "default"\napp_id = "app1"\n[[shop]]\nname = "branch"\napp_id = "app2"\n'


@pytest.fixture
def said(tmp_path):
    def read(text: str) -> tuple[ShopConfig, ...]:
        path = tmp_path / "shops.toml"
        path.write_text(text, encoding="utf-8")
        return read_shops(path)

    return read


def test_the_list_that_comes_with_the_project_is_one_shop():
    assert read_shops() == (ShopConfig("default", "mingdao_default"),)


def test_the_first_shop_keeps_the_plain_names_and_the_others_have_their_own(said):
    first, branch = said(TWO)
    assert (first.xiaoe, branch.xiaoe) == ("xiaoe_default", "xiaoe_branch")
    assert first.suffixed("xiaoe_orders") == "xiaoe_orders"
    assert branch.suffixed("xiaoe_orders") == "xiaoe_orders__branch"
    assert first.scoped("order.list") == "order.list"
    assert branch.scoped("order.list") == "order.list@branch"


def test_a_key_is_its_own_shops_alone(said):
    first, branch = said(TWO)
    for key in ("order.list", "order:o_1", "order:o_1@branch"):
        assert first.owns_key(key)
        assert not branch.owns_key(key)
    assert branch.owns_key("order@branch:o_1")
    assert not first.owns_key("order@branch:o_1")


def test_shops_of_one_app_know_each_other_and_those_of_two_apps_do_not(said):
    first, branch = said(TWO)
    assert (first.others, branch.others) == (("app2",), ("app1",))
    apart = said('[[shop]]\nname = "default"\n[[shop]]\nname = "b"\nmingdao = "mingdao_b"\n')
    assert [shop.others for shop in apart] == [(), ()]
    assert list(apps_of(apart)) == ["mingdao_default", "mingdao_b"]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "[[shop]]"),
        ("shop = 1", "[[shop]]"),
        ("shop = [1]", "第 1 个店铺"),
        ("[[shop", "TOML"),
        ('[[shop]]\nname = "branch"', "第一个店铺应为 default"),
        ('[[shop]]\nname = "default"\n[[shop]]\nname = "default"\nmingdao = "b"', "两次"),
        (TWO.replace('"branch"', '"Branch"'), "name"),
        (TWO.replace('"branch"', '"two__lines"'), "name"),
        (TWO.replace('"branch"', '"notify"'), "name"),
        (TWO.replace('"app2"', '"app1"'), "app_id"),
        (TWO.replace('app_id = "app2"', ""), "app_id"),
        (TWO + 'feed = "create"', "feed"),
        (TWO + 'shared_customers = "yes"', "shared_customers"),
    ],
)
def test_a_wrong_list_is_refused_and_says_what_to_correct(said, text, what):
    with pytest.raises(ConfigurationError) as refused:
        said(text)
    assert what in refused.value.explanation.zh
    assert "shops.toml" in refused.value.explanation.zh


def test_another_file_is_read_where_the_environment_names_one(tmp_path, monkeypatch):
    path = tmp_path / "ours.toml"
    path.write_text(TWO)
    monkeypatch.setenv("XIAOE_SHOPS_FILE", str(path))
    assert shop_named("branch").app_id == "app2"
    with pytest.raises(ConfigurationError, match="default, branch"):
        shop_named("brunch")


def test_a_connection_of_another_shop_is_refused_before_anything_is_written(said):
    _, branch = said(TWO)
    branch.expect("app2")
    with pytest.raises(ConfigurationError, match="xiaoe_branch"):
        branch.expect("app1")
    ShopConfig().expect("whatever the connection says")
