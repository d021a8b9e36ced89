"""What a night doubts of the orders: days that have dried up, and too many orders that changed.

A doubt says what the night found, and nothing else: whether that is true is for a person to say,
see `review`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from datetime import date

from connectors.errors import Bilingual
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.worksheets import ORDERS
from include.destination.write.change_limit import too_many
from include.flows.reconcile.day import Day
from include.flows.reconcile.ledger import remembered
from include.flows.run.context import SyncContext
from include.flows.run.volume_checks import Doubt, stream_doubt


def doubts_of(
    context: SyncContext, days: Mapping[date, Day], ignored: Collection[str]
) -> list[Doubt]:
    """Return everything that is doubtful about the orders of these days.

    What a person has set to be `ignored`, by order id, does not change.
    """
    return [*_dried_up(context, days), *_changed(days, set(ignored))]


def changes_doubt(
    worksheet: Worksheet,
    rows: int,
    changes: int,
    fields: Sequence[tuple[str, int]] = (),
    written: int = 0,
) -> Doubt:
    """Return the doubt about so many changes of a worksheet's rows; `fields` by their labels.

    Of these changes at most `written` have been made.
    """
    named = "、".join(f"{label} {number}" for label, number in fields)
    return Doubt(
        Bilingual(f"工作表「{worksheet.label}」", f"worksheet {worksheet.alias}"),
        Bilingual(f"{rows} 行", f"{rows} rows"),
        Bilingual(
            f"至少 {changes} 行会改变"
            + (f"（{named}）" if named else "")
            + (f"，其中至多 {written} 行已经写入" if written else ""),
            f"at least {changes} rows would change"
            + (f", up to {written} of them written already" if written else ""),
        ),
        worksheet.alias,
        written,
    )


def _dried_up(context: SyncContext, days: Mapping[date, Day]) -> list[Doubt]:
    """Return where the source, or HAP, shows a tenth or less of what is known of the same days."""
    before = remembered(context, days)
    known = {day: before.get(day, (0, 0)) for day in days}
    source = sum(reported.source.orders for reported in days.values())
    hap = sum(reported.hap.orders for reported in days.values())
    streams = [
        (
            Bilingual(f"{day} 创建的订单", f"orders created on {day}"),
            reported.source.orders,
            max(reported.hap.orders, known[day][0]),
        )
        for day, reported in sorted(days.items())
    ]
    what = Bilingual("这些天的订单", "the orders of these days")
    streams.append((what, source, max(hap, sum(one for one, _ in known.values()))))
    what = Bilingual("明道云里这些天的订单行", "HAP's order rows of these days")
    streams.append((what, hap, sum(one for _, one in known.values())))
    return [doubt for stream in streams if (doubt := stream_doubt(*stream))]


def _changed(days: Mapping[date, Day], ignored: Set[str]) -> list[Doubt]:
    """Return a doubt where too many rows of these days would change; new rows are no change."""
    rows = sum(day.hap.orders for day in days.values())
    changes = sum(len(set(day.different) - ignored) for day in days.values())
    return [changes_doubt(ORDERS, rows, changes)] if too_many(changes, rows) else []
