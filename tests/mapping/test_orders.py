from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from connectors.xiaoe.models import Goods, Order, OrderDetail, OrderLine, Purchase
from connectors.xiaoe.models.orders import PromoterInfo
from include.mapping.orders import Links, order_record, promoter_id
from include.source.windows import SHOP_ZONE

LINE = {"resource_id": "p_1", "resource_type": 6, "goods_name": "专栏"}


TIMES = dict.fromkeys(("created_time", "update_time"), "2026-01-01 00:00:00")


def order(lines=(LINE,), **info) -> Order:
    known = {"order_id": "o_1", "user_id": "u_1", **TIMES, **info}
    return Order.model_validate({"order_info": known, "good_list": list(lines)})


def detail(**distribution) -> OrderDetail:
    return OrderDetail.model_validate(
        {"order_info": {"order_id": "o_1"}, "distribute_info": distribution or []}
    )


def values(row: Order, known: OrderDetail | None = None, purchases=()) -> dict[str, object]:
    return dict(order_record("app1", row, known or detail(), purchases, Links("row-1")).values)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHOP_ZONE)


def bought(**facts) -> Purchase:
    return Purchase.model_validate({"resource_id": "p_1", "raw": {}, **facts})


@pytest.mark.parametrize(
    ("fen", "yuan"), [(19900, "199"), (1, "0.01"), (1999, "19.99"), (0, "0"), (258000, "2580")]
)
def test_fen_become_yuan_exactly(fen, yuan):
    row = values(order(actual_fee=fen, refund_fee=fen, pay_state=1))
    assert row["amount_due"] == row["amount_paid"] == row["amount_refunded"] == Decimal(yuan)


@pytest.mark.parametrize(
    ("field", "number", "word"),
    [
        ("order_state", 4, "已完成"),
        ("order_state", 9, "未知(9)"),
        ("aftersale_show_state", 2, "部分退款"),
        ("pay_type", 1, "微信"),
        ("pay_type", 77, "未知(77)"),
    ],
)
def test_a_number_becomes_a_word_and_an_unknown_one_stays_readable(field, number, word):
    assert word in values(order(**{"pay_state": 1, field: number})).values()


@pytest.mark.parametrize(
    "nothing",
    ["0000-00-00 00:00:00", "-0001-11-30 00:00:00", "1970-01-01 08:00:00", "", "--", None],
)
def test_every_sentinel_of_a_date_is_empty(nothing):
    assert values(order(refund_time=nothing))["refunded_at"] is None


def test_a_payment_time_counts_only_when_it_was_paid():
    paid = {"pay_state_time": "2026-11-20 10:00:00"}
    assert values(order(pay_state=1, **paid))["paid_at"] == moment("2026-11-20 10:00:00")
    assert values(order(pay_state=0, **paid))["paid_at"] is None


@pytest.mark.parametrize("pay_state", [0, 2, 7, None], ids=["unpaid", "closed", "unknown", "none"])
def test_an_order_that_nobody_paid_is_due_and_not_paid(pay_state):
    line = {**LINE, "expire_start": "2026-11-20 10:00:00", "expire_desc": "长期有效"}
    row = values(order([line], pay_state=pay_state, actual_fee=374850, pay_type=1))
    assert (row["amount_due"], row["amount_paid"]) == (Decimal("3748.50"), Decimal(0))
    assert [row[name] for name in ("pay_method", "paid_at", "valid_from", "valid_until")] == [
        None
    ] * 4


def test_what_the_order_line_tells_of_its_validity_counts():
    line = {**LINE, "expire_start": "2026-01-01 00:00:00", "expire_end": "2026-12-31 00:00:00"}
    record = bought(start_at="2026-01-01 00:00:00", expire_at="2027-12-31 00:00:00")
    end = moment("2026-12-31 00:00:00")
    assert values(order([line], pay_state=1))["valid_until"] == end
    assert values(order([line], pay_state=1), purchases=[record])["valid_until"] == end


def test_a_line_that_tells_no_validity_has_it_from_the_purchase_record():
    record = bought(start_at="2026-01-01 00:00:00", expire_at="2027-12-31 00:00:00")
    row = values(order([LINE], pay_state=1), purchases=[record])
    assert row["valid_until"] == moment("2027-12-31 00:00:00")


def test_one_good_without_end_leaves_the_order_without_end():
    ends = {**LINE, "resource_id": "p_2", "expire_end": "2026-12-31 00:00:00"}
    endless = bought(created_at="2026-01-01 00:00:00")
    row = values(order([LINE, ends], pay_state=1), purchases=[endless])
    assert row["valid_until"] is None


def test_the_promoter_is_named_or_at_least_numbered():
    named = detail(share_user_id="u_9", share_user_nickname="小王")
    assert values(order(), named)["promoter"] == "小王"
    assert values(order(share_user_id="u_9"))["promoter"] == "u_9"


def test_the_list_row_names_the_promoter_before_the_detail_does():
    named = detail(share_user_id="u_8", share_user_nickname="小李")
    row = order(pay_state=1)
    told = row.model_copy(
        update={"promoter_info": PromoterInfo(nick_name="小王", user_id="u_9")},
    )
    assert values(told, named)["promoter"] == "小王"
    assert promoter_id(named, told) == "u_9"
    assert values(row, named)["promoter"] == "小李"


@pytest.mark.parametrize(("known", "shown"), [("u_9", "小王"), (None, "小王"), ("u_8", "u_9")])
def test_a_promoter_whom_the_list_only_numbers_never_gets_another_ones_name(known, shown):
    row = order(pay_state=1).model_copy(update={"promoter_info": PromoterInfo(user_id="u_9")})
    named = detail(share_user_id=known, share_user_nickname="小王")
    assert values(row, named)["promoter"] == shown


@pytest.mark.parametrize("nobody", [0, "0", False, "", None])
def test_an_empty_promoter_of_php_is_nobody(nobody):
    info = {"order_id": "o_1", "share_user_id": nobody, **TIMES}
    row = {"order_info": info, "promoter_info": {"nick_name": nobody, "user_id": nobody}}
    known = detail(share_user_id=nobody, share_user_nickname=nobody)
    assert values(Order.model_validate(row), known)["promoter"] is None


def bundle(**changes) -> list[dict]:
    line = {"resource_id": "SPU_COP_1", "spu_id": "SPU_COP_1", "spu_type": "COP", "buy_num": 1}
    part = {"resource_id": "g_1", "resource_type": 21, "buy_num": 1, "relation_goods_type": 5}
    return [
        {**line, "resource_type": 69, "goods_name": "套装", **changes},
        {**part, "relation_goods_id": "og_1", "goods_name": "书"},
    ]


def test_a_bundle_counts_once_and_its_components_not_at_all():
    told = {"goods_buy_num": 2, "goods_name": "套装一"}
    row = values(order(bundle(), **told))
    assert (row["quantity"], row["goods_name"]) == (Decimal(1), "套装一")
    assert values(order(bundle()))["goods_name"] == "套装"
    assert values(order(bundle(buy_num=3), goods_buy_num=4))["quantity"] == Decimal(3)
    with_another = [*bundle(), {**LINE, "buy_num": 2}]
    assert values(order(with_another, goods_buy_num=4))["quantity"] == Decimal(3)


def test_a_bundle_without_its_components_counts_the_bundles():
    assert values(order(bundle()[:1], goods_buy_num=2))["quantity"] == Decimal(1)


def test_a_component_without_its_bundle_counts_as_the_shop_counts_it():
    assert values(order(bundle()[1:], goods_buy_num=1))["quantity"] == Decimal(1)


@pytest.mark.parametrize("told", [{"resource_id": "og_7"}, {"resource_type": 0}])
def test_a_bundle_goes_by_its_lasting_id_and_type_however_it_is_listed(told):
    (line, _) = bundle(**told)
    for model in (OrderLine, Goods):
        read = model.model_validate(line)
        assert (read.resource_id, read.resource_type) == ("SPU_COP_1", 69)
