"""The fewest calls that a load needs, counted from what is true in the shop.

Shares no code with the pipeline: page sizes, rates and batch sizes are written a second time, from
the vendors' documents. Nothing is allowed for safety here: neither a second look at a page, nor the
look after a write that shows a race, nor what a process needs to start.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from include.simulators.xiaoe.shop.records import COLUMN_TYPES

LISTED, USERS, ANSWERS, KEYS, CREATED = 100, 50, 50, 500, 1000
CREATED_WITH_RELATIONS = 100  # HAP's vendor advises 30 to 50 (contracts: hap §8.1, S6)
# Goods detail 3.0.0 knows these types alone; the summary is nowhere else.
DETAILED = frozenset({1, 2, 3, 4, 5, 6, 8, 20})
# What both a form and the user's detail may tell, by how a form asks for it.
TOLD = ("姓名|您的称呼", "手机|联系电话", "公司|单位", "职位|职务|岗位", "邮箱")

# Calls a second that the vendors document; all row calls to HAP share one budget.
RATES: Mapping[str, float] = {
    "order.list": 20,
    "order.list.created": 300,
    "order.detail": 300,
    "user.info": 300,
    "user.by_id": 100,
    "user.list.cursor": 300,
    "goods.detail": 300,
    "goods.list": 300,
    "purchase": 50,  # not documented: the lowest of its kind, as the clients assume
    "information.user": 50,
    "information.form": 50,
    "information.form.result": 50,
    "hap rows": 50,
}


@dataclass(frozen=True)
class Facts:
    """What there is to load: orders, who bought them, what they filled in, what was bought."""

    orders: int
    promoted: int  # orders of which the list row leaves open who promoted them
    buyers: int
    silent: int  # buyers whose forms leave open what the user's detail may tell
    answers: int
    answers_of_forms: tuple[int, ...]
    goods: int
    columns: int
    detailed: int


def facts_of(source: Any) -> Facts:
    """Count what is true in the shop."""
    orders = source.orders.current.values()
    buyers = {order.user_id for order in orders}
    sold = {line.goods_id: line.goods_type for order in orders for line in order.lines}
    answers = [one for one in source.answers.values() if one.user_id in buyers]
    of_forms = Counter(one.form_id for one in source.answers.values())
    return Facts(
        orders=len(orders),
        promoted=sum(bool(order.share_user_id) for order in orders),
        buyers=len(buyers),
        silent=len(buyers - _told_all(answers)),
        answers=len(answers),
        answers_of_forms=tuple(of_forms[name] for name in source.forms),
        goods=sum(kind not in COLUMN_TYPES for kind in sold.values()),
        columns=sum(kind in COLUMN_TYPES for kind in sold.values()),
        detailed=sum(kind in DETAILED for kind in sold.values()),
    )


def first_load(facts: Facts) -> Counter[str]:
    """Return the fewest calls, by api, that bring all of it into an app that is set up and empty.

    Collected info is read by form or by user, whichever is cheaper. Validity is on the order line,
    and the list row tells all that the detail would, but for a promoter's name.
    HAP: one look at the keys before anything is created, a second one for the sheets that others
    point at, since the order of the ids in an answer is not documented; a creation takes a thousand
    rows, and a hundred of those that point at others.
    """
    plain = (facts.buyers, facts.goods)
    pointing = (facts.orders, facts.answers, facts.columns)
    pointed_at = (*plain, facts.columns)
    calls = Counter(
        {
            "token": 1,
            "order.list": _pages(facts.orders, LISTED),
            "order.detail": facts.promoted,
            "user.by_id": _pages(facts.buyers, USERS),
            "user.info": facts.silent,
            "goods.detail": facts.detailed,
            "hap.rows.list": sum(_pages(n, KEYS) for n in (*plain, *pointing, *pointed_at)),
            "hap.rows.batch_create": (
                sum(_pages(n, CREATED) for n in plain)
                + sum(_pages(n, CREATED_WITH_RELATIONS) for n in pointing)
            ),
        }
    )
    return calls + _collected_info(facts)


def no_change(facts: Facts) -> Counter[str]:
    """Return the fewest calls that find out that nothing has changed."""
    return Counter(
        {"order.list": _pages(facts.orders, LISTED), "hap.rows.list": _pages(facts.orders, KEYS)}
    )


def shortest(calls: Mapping[str, int]) -> tuple[float, str]:
    """Return the seconds below which the rates do not allow these calls, and the call that says so.

    As if the calls of different interfaces ran side by side from the first moment to the last.
    """
    budgets: Counter[str] = Counter()
    for api, number in calls.items():
        budgets["hap rows" if api.startswith("hap.rows.") else api] += number
    seconds = {api: number / RATES[api] for api, number in budgets.items() if api in RATES}
    longest = max(seconds, key=lambda api: seconds[api])
    return seconds[longest], longest


def _told_all(answers: Iterable[Any]) -> set[str]:
    """Return the users who typed something for each of the facts."""
    told: defaultdict[str, set[str]] = defaultdict(set)
    for answer in answers:
        for question, typed in answer.answers:
            told[answer.user_id] |= {one for one in TOLD if typed and re.match(one, question)}
    return {user_id for user_id, facts in told.items() if len(facts) == len(TOLD)}


def _collected_info(facts: Facts) -> Counter[str]:
    by_form = Counter(
        {
            "information.form": _pages(len(facts.answers_of_forms), ANSWERS),
            "information.form.result": sum(_pages(n, ANSWERS) for n in facts.answers_of_forms),
        }
    )
    by_user = Counter({"information.user": facts.buyers})
    return min(by_form, by_user, key=lambda calls: calls.total())


def _pages(rows: int, size: int) -> int:
    return math.ceil(rows / size)
