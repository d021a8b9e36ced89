"""Where the documents leave something open, either answer ends right, or in an error that says so.

Every switch of both simulators, one value at a time: set up (where it is about HAP), base data,
orders. What ends right
holds the shop's truth, and a second run of everything writes nothing to a business worksheet. The
tests are two files, for a file's tests run one after another.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel

from connectors.errors import ConnectorError
from include.destination.sheets.provision import provision
from include.destination.sheets.worksheets import WORKSHEETS
from include.flows.orders.finish import IncompleteRunError
from include.flows.run.failed_batch import BatchFailedError
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.settings import PushSettings
from include.simulators.xiaoe.shop import Shop
from tests.crash.child import STEPS, run_steps
from tests.crash.paced import paced
from tests.crash.scene import NOON, first_day
from tests.pipeline.oracle import differences, duplicates
from tests.pipeline.world import World, open_world

Case = tuple[str, Any]
WITHOUT_SET_UP = tuple(step for step in STEPS if step != "set_up")
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)

# Numbers and names, which have no list of values; an empty tuple: the switch is about faults that
# tests of their own show, or about nothing that the pipeline could notice.
HAP_VALUES: dict[str, tuple[Any, ...]] = {
    "ip_allowed": (["10.0.0.1"],),
    "unknown_worksheet_code": (430013, 10007, 10002),
    "qps": (20,),
    "max_body_bytes": (1500,),
    "call_quota": (30,),
    "row_cap": (2,),
    "row_cap_code": (),
    "alias_clash_code": (10002,),
    "max_fields": (None,),
    "max_options": (None,),
    "structure_edit_s": (0.01,),
    "view_null": ("10005",),  # the other value has a test of its own below
    "default_page_size": (None,),
    "max_page_depth": (1000,),
    "most_conditions": (),
    "too_many_conditions": (),
    "date_filter_shift_h": (8.0, -24.0),
    "app_zone": ("UTC",),
    "naive_write_zone": ("UTC",),
    "visibility_lag_s": (0.2,),
    "search_lag_s": (1.0,),
    "default_precision": (0, 14),
    "text_max": (300, 40),
    "max_batch_with_relations": (2,),
    "partial_batch_after": (),
    "lost_write_every": (),
    "late_write_every": (),
    "late_write_s": (),
}
XIAOE_VALUES: dict[str, tuple[Any, ...]] = {
    "app_id": (),
    "client_id": ("another",),
    "secret_key": ("another",),
    "bad_secret_code": (2001,),
    "ip_whitelist": (["10.0.0.1"],),
    "permissions": (frozenset({"用户管理-查询"}),),
    "token_lifetime": (),
    "token_overlap": (),
    "token_length": (4000,),
    "token_lasts_calls": (3,),
    "rate_scale": (0.2,),
    "rate_retry_after": (1,),
    "spike_calls": (),
    "spike_seconds": (),
    "error_status": (400,),
    "parameter_error_code": (),
    "dialect_seed": (1, 2, 3),
    "distorted_apis": (),
    "page_size_cap": (1, 2),
    "order_depth_cap": (2,),
    "update_time_ignores": (),
    "stream": (),
    "list_lag": (),
    "order_not_found_code": (),
    "after_sale_max_page": (),
    "user_rows_cap": (),
    "goods_cache_seconds": (),
    "goods_depth_cap": (),
    "purchase_depth_cap": (),
    **dict.fromkeys(PushSettings.model_fields, ()),  # tests/push sends each form of a push
}

# What cannot end right, and the words by which a person knows what to do.
HAP_ERRORS: dict[str, str] = {
    "ip_allowed=['10.0.0.1']": "白名单",
    "max_body_bytes=1500": "413",
    "call_quota=30": "额度用完",
    "row_cap=2": "额度用完",
    "view_null=10005": "权限",
    "relation_write=dropped": "写入后为空",
    "naive_write_zone=UTC": "小时",
}


XIAOE_ERRORS: dict[str, str] = {
    "client_id=another": "client_id",
    "secret_key=another": "secret_key",
    "ip_whitelist=['10.0.0.1']": "白名单",
    "permissions=frozenset({'用户管理-查询'})": "权限",
    "token_expires_as=zero": "令牌或有效期为空",
    "token_expires_as=negative": "令牌或有效期为空",
    "token_empty=True": "令牌或有效期为空",
    "token_lasts_calls=3": "令牌频繁失效",
    "total=one_more": "只读到",
    "total=jumping": "只读到",
    "list_shape=missing": "缺少列表",
    "list_shape=renamed": "缺少列表",
    "short_list=True": "只读到",
    "es_skip=False": "es_skip",
    "order_depth_cap=2": "同一秒内",
    "update_filter=ignored": "order_feed 设为 create",
}


# What loses a part of the values on either side: they differ from the shop's, yet are not written
# again and again. A promoter whom the list hides is filled in by the first detail that is read.
LOSSES = frozenset(
    {
        "text_max=40",
        "default_precision=0",
        "extra_format=empty",
        "bundles_listed=False",
        "list_promoter=hidden",
    }
)

# What no document names is shown as it was sent, where the shop's truth has a meaning.
SHOWN_AS_SENT = {"unknown_enum=True": ".order_state: '未知(9)' instead of "}


def telling_shop() -> Shop:
    """The small shop with what captured rows show: a bundle, a renewal, closed, promoted."""
    scene = first_day(time.monotonic)
    shop, buyer = scene.shop, scene.users[0]
    book = shop.add_goods("手账", 21, 4000, at=NOON - 90 * DAY)
    bundle = shop.add_goods(
        "手账礼盒", 69, 5000, at=NOON - 90 * DAY, contents=[book], ordered_as="礼盒（组合）"
    )
    for goods_id, minutes in ((bundle.goods_id, 40), (scene.goods[1], 30), (scene.goods[1], 20)):
        order = shop.place_order(
            buyer,
            goods_id,
            at=NOON - minutes * MINUTE,
            share_user_id=scene.users[1],
            share_nickname="小李",
        )
        shop.pay(order.order_id, at=NOON - (minutes - 1) * MINUTE)
    closed = shop.place_order(buyer, bundle.goods_id, at=NOON - 10 * MINUTE)
    shop.close(closed.order_id, at=NOON - 5 * MINUTE)
    return shop


@contextmanager
def set_up(shop: Callable[[], Shop], tokens: Path) -> Iterator[World]:
    """Open a shop beside an app that is set up, which no switch of the shop's changes."""
    with open_world(shop(), tokens) as world:
        world.set_up()
        yield world


@contextmanager
def worksheets_made(shop: Callable[[], Shop], tokens: Path) -> Iterator[World]:
    """Open a shop beside an app that has all its worksheets, and no row in them."""
    with open_world(shop(), tokens) as world:
        provision(world.hap(), WORKSHEETS)
        yield world


def named(case: Case) -> str:
    return f"{case[0]}={case[1]}"


def cases(model: type[BaseModel], values: dict[str, tuple[Any, ...]]) -> Iterator[Case]:
    for name, field in model.model_fields.items():
        if name in values:
            yield from ((name, value) for value in values[name])
        elif field.annotation is bool:
            yield name, not field.default
        else:
            assert get_origin(field.annotation) is Literal, f"{name} needs values in this test"
            yield from ((name, v) for v in get_args(field.annotation) if v != field.default)


def outcome(
    world: World, first: tuple[str, ...] = STEPS, second: tuple[str, ...] = STEPS
) -> tuple[list[str], list[str], list[str]]:
    """Run some steps, and then some again.

    Returns errors, raised or recorded, wrong rows, and what the second run wrote; all in words.
    """
    hurried = replace(world, context_type=paced(world.store.clock.advance))
    told: list[str] = []
    for steps in (first, second):
        seen = world.hap_journal.entries()[-1].sequence if world.hap_journal.entries() else 0
        try:
            run_steps(hurried, steps)
        except (ConnectorError, BatchFailedError, IncompleteRunError) as error:
            return [str(error), *error_rows(world)], wrong(world), []
        told = error_rows(world)
    writes = [entry.effect for entry in world.writes(after=seen)]
    return told, wrong(world), writes


def error_rows(world: World) -> list[str]:
    return [str(row.get("reason")) for row in world_rows(world, "sync_errors")]


def world_rows(world: World, sheet: str) -> list[dict[str, Any]]:
    with suppress(Exception):
        return [dict(row) for row in plain_rows(world.store, sheet)]
    return []


def wrong(world: World) -> list[str]:
    with suppress(Exception):
        return duplicates(world.store) or differences(world.source, world.store)
    return ["the worksheets are not there"]


def judge(
    case: Case, told: list[str], wrong: list[str], writes: list[str], errors: dict[str, str]
) -> None:
    expected = errors.get(named(case))
    if expected is not None:
        assert any(expected in text for text in told), told
        return
    assert (told, writes) == ([], [])
    as_sent = SHOWN_AS_SENT.get(named(case), "nothing of the kind")
    assert named(case) in LOSSES or [one for one in wrong if as_sent not in one] == []
