"""Puts together what the page shows, as JSON: the picture of one moment.

Sums are 元 as numbers for the charts; moments are ISO 8601 with their zone; a count that HAP did
not tell is null. Every value is named here: a cell reaches the page only by being asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from connectors.mingdao.client import MingdaoClient
from include.flows.reconcile.refunds import API as AFTER_SALES
from include.flows.run.api_settings import kept_option_keys
from include.flows.run.error_names import entity_name
from include.shops import ShopConfig
from include.source.windows import SHOP_ZONE, day_of
from include.status.app import App
from include.status.ledger import LedgerDay, Side, last_days, read_days, read_shops
from include.status.links import row_url, web_address
from include.status.rows import (
    AudienceSums,
    Customers,
    Spans,
    count_customers,
    count_outdated,
    count_written,
    newest_order,
    order_rows,
    read_audiences,
)
from include.status.sheets import (
    Cause,
    LastRun,
    OpenError,
    OpenErrors,
    causes_of,
    read_last_runs,
    read_open_errors,
)
from include.status.translations import in_english

SHOWN_ERRORS = 100
SHOWN_CAUSES = 10
_LONGEST = 400
ORDER = "order"  # the entity of an order's row in `sync_errors`
_FEEDS = ("order.list", "order.list.created")

Json = dict[str, Any]


def read_snapshot(
    client: MingdaoClient,
    configs: Sequence[ShopConfig],
    now: datetime | None = None,
    *,
    others: bool = True,
) -> Json:
    """Read everything that the page shows of one app; some 20 calls for one shop.

    `configs` are the shops that write to it; with `others` false those whom the reader may see,
    and nothing is told of any other shop that the app holds.
    Raises ConnectorError when HAP does not answer, or a worksheet is not set up.
    """
    now = now or datetime.now(UTC)
    app = App(client, kept_option_keys(client, configs))
    runs = read_last_runs(app, configs)
    newest = newest_order(app)
    errors = read_open_errors(app, configs)
    held = {*read_shops(app), *([newest.shop] if newest and newest.shop else [])}
    shops = sorted(held if others else held & {config.app_id for config in configs})
    days = read_days(app, shops, day_of(now))
    picture = {
        "generated_at": _moment(now),
        "orders_dags": [config.suffixed("xiaoe_orders") for config in configs],
        "shops": [
            _shop(app, shop, _config_of(shop, shops, configs), days[shop], runs, now)
            for shop in shops
        ],
        "read_until": _moment(read_until(runs)),
        "runs": [_run(run) for run in runs],
        "errors": _errors(errors, _links_of(app, errors)),
    }
    return {**picture, "unreadable": sorted(app.unreadable)}


def empty_picture(configs: Sequence[ShopConfig]) -> Json:
    """Return what is known without HAP: which DAGs there are."""
    return {
        "generated_at": None,
        "orders_dags": [config.suffixed("xiaoe_orders") for config in configs],
        "shops": [],
        "read_until": None,
        "runs": [],
        "errors": {"total": None, "causes": [], "newest": []},
        "unreadable": [],
    }


def read_until(runs: Sequence[LastRun]) -> datetime | None:
    """Return up to when a live run last read the source's changes.

    Of several shops the one that is behind tells.
    """
    ends: dict[str, datetime] = {}
    for run in runs:
        api, _, shop = run.api.partition("@")
        if api in _FEEDS and run.window[1]:
            ends[shop] = max(run.window[1], ends.get(shop, run.window[1]))
    return min(ends.values(), default=None)


def checked_at(runs: Sequence[LastRun], config: ShopConfig | None) -> datetime | None:
    """Return when a night last compared both sides of a shop to the end.

    A row of the ledger tells when its day last looked different, which may be weeks ago.
    """
    api = config.scoped(AFTER_SALES) if config else AFTER_SALES
    return max((run.ran_at for run in runs if run.api == api and run.ran_at), default=None)


def _check_of(
    app: App,
    shop: str,
    checked: datetime | None,
    now: datetime,
) -> Json:
    """Return when both sides were last compared, and how many orders were written since."""
    if checked is None or checked >= now:
        return {"at": _moment(checked), "written_since": 0}
    since = count_written(app, shop, (checked, now))
    return {"at": _moment(checked), "written_since": since}


def _links_of(app: App, errors: OpenErrors) -> dict[str, Json]:
    """Return where HAP shows each error's row, by its id, and the order's own if there is one."""
    shown = errors.newest[:SHOWN_ERRORS]
    wanted = {error.record_id for error in shown if error.entity == ORDER}
    rows = order_rows(app, wanted) if wanted else {}
    web = web_address(app.client.transport.base_url)
    return {
        error.row_id: {
            "error_url": row_url(web, errors.worksheet_id, error.row_id),
            "row_url": row_url(web, *rows[error.record_id]) if error.record_id in rows else None,
        }
        for error in shown
    }


def _config_of(shop: str, shops: Sequence[str], configs: Sequence[ShopConfig]) -> ShopConfig | None:
    """Return the entry of the list of shops; None for a shop that is no longer in it.

    Where one shop writes to the app, the list need not name its app_id.
    """
    alone = configs[0] if len(configs) == len(shops) == 1 and not configs[0].app_id else None
    return next((one for one in configs if one.app_id == shop), alone)


def _shop(
    app: App,
    shop: str,
    config: ShopConfig | None,
    days: Sequence[LedgerDay],
    runs: Sequence[LastRun],
    now: datetime,
) -> Json:
    newest = newest_order(app, shop)
    customers = count_customers(app, shop)
    audiences = read_audiences(app, shop, customers.labels)
    by_day = {reported.day: reported for reported in days}
    with_orders = [reported.day for reported in days if reported.source.orders]
    return {
        # one shop may write to two apps, of which one is for trying things out
        "key": config.name if config else shop,
        "shop": shop,
        "name": config.name if config else None,
        "orders_dag": config.suffixed("xiaoe_orders") if config else None,
        "days": [
            {"day": day.isoformat(), **_day(by_day.get(day))} for day in last_days(day_of(now))
        ],
        "newest_in_hap": _moment(newest.created_at if newest else None),
        "newest_day_in_source": max(with_orders).isoformat() if with_orders else None,
        "customers": customers.total,
        "outdated": count_outdated(app, shop),
        "check": _check_of(app, shop, checked_at(runs, config), now),
        "segments": _segments(customers, audiences),
    }


def _day(reported: LedgerDay | None) -> Json:
    if reported is None:
        return {"status": None, "source": None, "hap": None}
    return {
        "status": reported.status,
        "source": _side(reported.source),
        "hap": _side(reported.hap),
        "missing": reported.missing[:_LONGEST],
        "different": reported.different[:_LONGEST],
        "extra": reported.extra[:_LONGEST],
        "checked_at": _moment(reported.checked_at),
    }


def _side(side: Side) -> Json:
    return {"orders": side.orders, "paid": float(side.paid), "refunded": float(side.refunded)}


def _segments(customers: Customers, audiences: Mapping[str, Spans]) -> list[Json]:
    counted: Mapping[str, int | None] = customers.segments
    known = [number for number in counted.values() if number is not None]
    rows: list[Json] = [
        {"name": name, "customers": number, **_spans(audiences.get(name, {}))}
        for name, number in counted.items()
    ]
    if customers.total is not None and len(known) == len(counted):
        left = max(customers.total - sum(known), 0)
        rows.append({"name": "", "customers": left, **_spans({})})
    return rows


def _spans(spans: Spans) -> Json:
    """Return the sums of the last thirty days and of those before; null where none are known."""
    return {name: _span(spans.get(name)) for name in ("recent", "before")}


def _span(sums: AudienceSums | None) -> Json | None:
    if sums is None:
        return None
    return {
        "customers": sums.customers,
        "paid": float(sums.paid),
        "refunded": float(sums.refunded),
    }


def _run(run: LastRun) -> Json:
    return {
        "api": run.api,
        "name": run.name,
        "status": run.status,
        "ran_at": _moment(run.ran_at),
        "window": [_moment(run.window[0]), _moment(run.window[1])],
        "rows_read": run.rows_read,
        "rows_written": run.rows_written,
        "calls": run.calls,
        "message": run.message[:_LONGEST],
        "run_path": run.run_path,
    }


def _errors(errors: OpenErrors, links: Mapping[str, Json]) -> Json:
    return {
        "total": errors.total,
        "causes": [_cause(cause) for cause in causes_of(errors.newest)[:SHOWN_CAUSES]],
        "newest": [
            {**_error(error), **links[error.row_id]} for error in errors.newest[:SHOWN_ERRORS]
        ],
    }


def _cause(cause: Cause) -> Json:
    return {
        **_sentences(cause),
        "code": cause.code,
        "count": cause.count,
    }


def _sentences(told: Cause | OpenError) -> Json:
    """Return reason and action, in English as well where our tables know them."""
    return {
        "reason": told.reason[:_LONGEST],
        "action": told.action[:_LONGEST],
        "reason_en": in_english(told.reason),
        "action_en": in_english(told.action),
    }


def _error(error: OpenError) -> Json:
    return {
        "entity": error.entity,
        "about": entity_name(error.entity)._asdict(),
        "shop": error.shop,
        "record_id": error.record_id,
        "step": error.step._asdict(),
        "code": error.code,
        **_sentences(error),
        "attempts": error.attempts,
        "first_seen": _moment(error.first_seen),
        "last_seen": _moment(error.last_seen),
        "status": error.status,
        "run_path": error.run_path,
    }


def _moment(moment: datetime | None) -> str | None:
    return moment.astimezone(SHOP_ZONE).isoformat(timespec="seconds") if moment else None
