"""Numbers of the vendor's that no table explains: written as `未知(n)`, and told once a run."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from include.destination.sheets.record import Record
from include.mapping.labels import is_unnamed

log = logging.getLogger(__name__)


def unknown_labels(worksheet: str, records: Iterable[Record]) -> set[str]:
    """Return which fields would hold an unknown number, as `orders.order_state=未知(9)`."""
    return {
        f"{worksheet}.{alias}={value}"
        for record in records
        for alias, value in record.values.items()
        if isinstance(value, str) and is_unnamed(value)
    }


def tell_unknown(unknown: Iterable[str]) -> str:
    """Log the unknown numbers of a run, and return a sentence for `sync_config`; "" for none."""
    names = ", ".join(sorted(set(unknown)))
    if not names:
        return ""
    log.warning(
        "小鹅通返回了文档里没有的数值，已原样写入；请在 include/mapping/labels.py 补上名称：%s "
        "/ the shop sends numbers that no document explains; name them there",
        names,
    )
    return f"；未登记的数值 {names}"
