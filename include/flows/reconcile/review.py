"""What a night found and does not believe by itself: a person looks at it, and the night goes on.

Two things are doubted: a stream that is suddenly nine tenths smaller, and more than 5 % and more
than 100 rows of a worksheet that would change. What a release changes (an older mapping's rows) is
announced, not doubted. What is doubted waits, and nothing else does. Of the orders nothing is
written before the answer; users, goods and answers are compared while they are read, so that up to
that limit of their rows has been changed by then, and the question says how many.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial

from connectors.errors import Bilingual, ContractError
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.worksheets import ORDERS
from include.destination.write.change_limit import ChangeLimit, TooManyChangesError
from include.flows.orders.sync import Synced
from include.flows.reconcile.catch_up import PARTS
from include.flows.reconcile.doubts import changes_doubt
from include.flows.reconcile.plan import Compared, repair_held
from include.flows.run.context import SyncContext
from include.flows.run.counts import Counts
from include.flows.run.scans import rows_of_shop
from include.flows.run.volume_checks import Doubt, StreamDriedUpError, rows_held
from include.flows.run.watermark import State

log = logging.getLogger(__name__)

FIELDS_SHOWN = 5
DOUBTED = "doubted "  # of which worksheet a part would change too much, until a person says 继续
ORDERS_PART = "order.list"  # the orders' repairs, among the parts that are held back
_EXPLAINED = (
    "下面的内容和平时相差太多，没有写入，或写到一半已停下（表中写明行数）；其余内容照常完成。"
    "请先在小鹅通后台核对数量和接口权限。",
    "**继续**：照此写入，不删除任何行；**停止**：不再写入，本次运行变红。到时没有人回答，按停止处理。",
    "",
    "*What follows is too unlike other nights: it has not been written, or only the rows that the "
    "table names; everything else is done as ever. Check numbers and permissions in the shop's "
    "console first. 继续 writes it and deletes nothing; 停止 writes no more of it and ends the run "
    "red, as does nobody's answer.*",
    "",
)


@dataclass(frozen=True)
class PickedUp:
    """What became of a part of the night: its counts, or why it waits for a person.

    `counts` must be named: an older version handed on counts alone, and they would pass for this.
    """

    counts: Counts | None
    doubt: Doubt | None = None


@dataclass(frozen=True)
class Held:
    """What a part counted that was held back, and done after a person's answer.

    `synced` is what became of the orders, where these were held back.
    """

    api: str
    counts: Counts
    synced: Sequence[Synced] = ()


@dataclass(frozen=True)
class Review:
    """What a person is to look at: `body` is Markdown with a table, "" where nothing is doubtful.

    `held` are the parts, by api, that were held back and are done once a person says so, each with
    the worksheet that it would change too much, or "" where a stream has dried up; `doubts` is what
    the question is about.
    """

    body: str = ""
    held: Mapping[str, str] = field(default_factory=dict)
    doubts: Sequence[Doubt] = ()


def pick_up(
    context: SyncContext, api: str, part: Callable[[SyncContext], Counts], state: State
) -> PickedUp:
    """Do a part of the night unless what it finds is doubtful; a preview counts to the end.

    What would change too much is kept in `state` until a person says to go on, or nothing is left
    to change: the next nights write nothing of that worksheet, or each would write a part of it.
    """
    stopped = state.get(DOUBTED + api)
    limit = None if context.preview else ChangeLimit(partial(_rows, context), stopped=stopped)
    try:
        picked = PickedUp(part(replace(context, limit=limit)))
    except StreamDriedUpError as error:
        return PickedUp(None, error.doubt)
    except TooManyChangesError as error:
        state.set(DOUBTED + api, error.worksheet.alias)
        return PickedUp(None, _doubt(error))
    if stopped and not context.preview:
        state.delete(DOUBTED + api)
    return picked


def pick_up_held(
    context: SyncContext, api: str, compared: Compared, shown: Review, state: State
) -> Held:
    """Do a part that was held back, now that a person has said to go on.

    Only what the person was `shown` is confirmed: raises ContractError where anything else has
    become doubtful meanwhile.
    """
    if api == ORDERS_PART:
        synced = repair_held(context, compared.batches)
        numbers = sum((Counter(asdict(one.counts)) for one in synced), Counter[str]())
        return Held(api, Counts(**numbers), synced)
    confirmed, stopped = shown.held[api], state.get(DOUBTED + api)
    limit = ChangeLimit(partial(_rows, context), confirmed, stopped)
    going_on = replace(context, limit=None if context.preview else limit, confirmed=not confirmed)
    try:
        counts = PARTS[api](going_on)
    except TooManyChangesError as error:
        state.set(DOUBTED + api, error.worksheet.alias)
        raise _not_shown(api, _doubt(error)) from error
    if stopped and stopped == confirmed and not context.preview:
        state.delete(DOUBTED + api)
    return Held(api, counts)


def _rows(context: SyncContext, definition: Worksheet) -> int:
    """Return how many rows the shop has; where HAP does not count them, they are read."""
    held = rows_held(context, definition)
    if held is None:
        held = sum(1 for _ in rows_of_shop(context, definition, (definition.key,)))
    return held


def _doubt(error: TooManyChangesError) -> Doubt:
    fields = list(error.fields.items())[:FIELDS_SHOWN]
    counted = error.rows, error.changes, fields, error.written
    return changes_doubt(error.worksheet, *counted)


def _not_shown(api: str, doubt: Doubt) -> ContractError:
    return ContractError(
        api,
        Bilingual(
            f"回答之后又出现了没有问过的变化，已停下：{doubt.what.zh}，{doubt.found.zh}",
            f"changes have come up that nobody was asked about: {doubt.what.en}, {doubt.found.en}",
        ),
        Bilingual(
            "重新运行 xiaoe_reconcile，会再问一次；先在小鹅通后台核对这些数据",
            "run xiaoe_reconcile again, which asks anew; check these data in the shop's console",
        ),
    )


def review_night(compared: Compared | None, parts: Mapping[str, PickedUp | None]) -> Review:
    """Return what a person is to be asked; None stands for what failed, which tells nothing."""
    doubts = doubts_of_night(compared, parts)
    held = {ORDERS_PART: ORDERS.alias} if compared and compared.doubts else {}
    held |= {api: part.doubt.worksheet for api, part in parts.items() if part and part.doubt}
    if not doubts:
        return Review()
    for doubt in doubts:
        log.warning("存疑 / in doubt: %s: %s → %s", doubt.what, doubt.known, doubt.found)
    return Review(_body(doubts, len(compared.outdated) if compared else 0), held, doubts)


def doubts_of_night(compared: Compared | None, parts: Mapping[str, PickedUp | None]) -> list[Doubt]:
    """Return what is doubted tonight: of the orders, and of each part that was not done."""
    of_orders = compared.doubts if compared else ()
    return [*of_orders, *(part.doubt for part in parts.values() if part and part.doubt)]


def undone(doubts: Iterable[Doubt]) -> Bilingual:
    """Return what is not written where nobody says to go on, and what had been before."""
    zh, en = [], []
    for doubt in doubts:
        written = doubt.written
        zh.append(doubt.what.zh + (f"（此前至多 {written} 行已经写入）" if written else ""))
        en.append(doubt.what.en + (f" (up to {written} rows were, before)" if written else ""))
    return Bilingual(
        f"存疑的内容没有写入：{'、'.join(zh)}",
        f"what is in doubt was not written: {', '.join(en)}",
    )


def counts_of(
    parts: Mapping[str, PickedUp | None], held: Iterable[Held] | None
) -> dict[str, Counts | None]:
    """Return what each part counted, by api, at once or after the answer; None where it failed."""
    counts = {api: part.counts if part else None for api, part in parts.items()}
    return {**counts, **{one.api: one.counts for one in held or () if one.api in counts}}


def _body(doubts: Sequence[Doubt], outdated: int) -> str:
    lines = [*_EXPLAINED, "| 内容 what | 之前 before | 现在 now |", "|---|---|---|"]
    lines += [f"| {one.what} | {one.known} | {one.found} |" for one in doubts]
    if outdated:
        lines += [
            "",
            f"另有 {outdated} 个订单按本版本的新规则更正，不在此列。 / {outdated} more orders are "
            "corrected by a rule of this release, and are not among these.",
        ]
    return "\n".join(lines)
