"""The shop's whole content as JSON, so that the demo finds its shop again as it left it.

HAP's content is kept over a restart too. A shop that began anew beside it would lack whatever
happened in between, and the reconciliation would rightly call those rows too many.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from include.simulators.xiaoe.shop import Shop
from include.simulators.xiaoe.shop.index import TimeIndex
from include.simulators.xiaoe.shop.records import (
    AfterSale,
    Form,
    FormAnswer,
    Goods,
    Order,
    Purchase,
    User,
)


@dataclass
class _Content:
    """What a shop holds; `listed_users` are those whom the user lists may show."""

    seed: str
    numbers: dict[str, int]
    aliases: dict[str, str]
    users: list[User]
    listed_users: list[str]
    goods: list[Goods]
    forms: list[Form]
    answers: list[FormAnswer]
    answers_of_user: dict[str, list[int]]
    answers_of_form: dict[str, list[int]]
    purchases: list[Purchase]
    purchases_of_user: dict[str, list[int]]
    after_sales: list[AfterSale]
    after_sales_of_order: dict[str, list[str]]
    orders: list[Order]


_ADAPTER = TypeAdapter(_Content)


def save(shop: Shop, path: Path) -> None:
    """Write the content to `path`, whole or not at all."""
    with shop.lock:
        content = _Content(
            # ids continue from here: the first seed would make the same ones again
            seed=shop.hex(16),
            numbers=dict(shop.numbers),
            aliases=shop.aliases,
            users=list(shop.users.values()),
            listed_users=_ids(shop.users_by_time),
            goods=list(shop.goods.values()),
            forms=list(shop.forms.values()),
            answers=list(shop.answers.values()),
            answers_of_user=shop.answers_of_user,
            answers_of_form=shop.answers_of_form,
            purchases=list(shop.purchases.values()),
            purchases_of_user=shop.purchases_of_user,
            after_sales=list(shop.after_sales.values()),
            after_sales_of_order=shop.after_sales_of_order,
            orders=list(shop.orders.current.values()),
        )
        text = _ADAPTER.dump_json(content)
    partial = path.with_suffix(".partial")
    partial.write_bytes(text)
    partial.replace(path)


def load(shop: Shop, path: Path) -> None:
    """Fill an empty shop with what `save` wrote; lists show every order at once."""
    content = _ADAPTER.validate_json(path.read_bytes())
    with shop.lock:
        shop.random = random.Random(content.seed)
        shop.numbers.update(content.numbers)
        shop.aliases.update(content.aliases)
        shop.users.update({user.user_id: user for user in content.users})
        for name in content.listed_users:
            user = shop.users[name]
            shop.users_by_time.add(user.registered_at, user.number, name)
        for goods in content.goods:
            shop.goods[goods.goods_id] = goods
            shop.goods_by_time.add(goods.created_at, goods.number, goods.goods_id)
        shop.forms.update({form.form_id: form for form in content.forms})
        shop.answers.update({answer.number: answer for answer in content.answers})
        shop.purchases.update({purchase.number: purchase for purchase in content.purchases})
        shop.after_sales.update({one.aftersale_id: one for one in content.after_sales})
        _fill(shop.answers_of_user, content.answers_of_user)
        _fill(shop.answers_of_form, content.answers_of_form)
        _fill(shop.purchases_of_user, content.purchases_of_user)
        shop.after_sales_of_order.update(content.after_sales_of_order)
        for order in content.orders:
            shop.orders.put(order, order.updated_at)
        shop.orders.reveal(shop.clock.now())


def _ids(index: TimeIndex) -> list[str]:
    return list(index.ids(0, len(index)))


def _fill(target: dict[str, list[int]], content: Mapping[str, Iterable[int]]) -> None:
    target.update({name: list(numbers) for name, numbers in content.items()})
