"""One DAG for each shop, with what the DAGs have in common.

A DAG file says what the tasks are and calls `shop_dag` for every shop of `include/shops.toml`. The
first shop's DAGs have the plain names; those of the others end in `__<shop>`.
"""

from __future__ import annotations

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import DAG, Asset

from airflow_extras.task_defaults import DEFAULT_ARGS, PREVIEW, TAGS
from airflow_extras.titles import description, display_name
from include.shops import FIRST, ShopConfig


def shop_dag(
    config: ShopConfig,
    name: str,
    *,
    doc: str | None,
    tag: str,
    schedule: Any = None,  # noqa: ANN401  (Airflow's timetables)
    params: dict[str, Any] | None = None,
) -> DAG:
    """Return a shop's DAG, to be filled in a `with`; `preview` is a param of every DAG."""
    of_shop = [] if config.name == FIRST else [f"shop:{config.name}"]
    return DAG(
        config.suffixed(name),
        dag_display_name=display_name(name, config.suffixed(name)),
        description=description(name),
        schedule=schedule,
        # what runs by hand alone would otherwise wait for its switch, unseen
        is_paused_upon_creation=False if schedule is None else None,
        start_date=datetime(2026, 1, 1, tzinfo=UTC),
        catchup=False,
        max_active_runs=1,
        default_args=DEFAULT_ARGS,
        doc_md=_doc(config, doc or ""),
        tags=[*TAGS, tag, *of_shop],
        # Copies: a task writes what its run was asked for into the params of its DAG.
        params=deepcopy({**(params or {}), "preview": PREVIEW}),
    )


def orders_asset(config: ShopConfig) -> Asset:
    """Return the asset whose state holds the watermark of a shop's orders."""
    place = "" if config.name == FIRST else f"/{config.name}"
    return Asset(name=config.suffixed("xiaoe_orders"), uri=f"x-xiaoe://orders{place}")


def _doc(config: ShopConfig, doc: str) -> str:
    """Say above the page which shop it is about; what it names are the first shop's DAGs."""
    if config.name == FIRST:
        return doc
    return (
        f"> **店铺 · Shop `{config.name}`**：连接 connections `{config.xiaoe}` → "
        f"`{config.mingdao}`；文中的 DAG 名都要加上 · every DAG named below ends in "
        f"`__{config.name}`\n\n{doc}"
    )
