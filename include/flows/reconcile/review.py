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
from dataclasses import asdict, dataclass, replace
from functools import partial

from connectors.errors import Bilingual
from include.destination.write.change_limit import ChangeLimit, TooManyChangesError
from include.flows.orders.sync import Synced
from include.flows.reconcile.catch_up import PARTS
from include.flows.reconcile.doubts import changes_doubt
from include.flows.reconcile.plan import Compared, repair_held
from include.flows.run.context import SyncContext
from include.flows.run.counts import Counts
from include.flows.run.volume_checks import Doubt, StreamDriedUpError, rows_held

log = logging.getLogger(__name__)

FIELDS_SHOWN = 5
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

    `held` are the parts, by api, that were held back and are done once a person says so; `doubts`
    is what the question is about.
    """

    body: str = ""
    held: Sequence[str] = ()
    doubts: Sequence[Doubt] = ()


def pick_up(context: SyncContext, part: Callable[[SyncContext], Counts]) -> PickedUp:
    """Do a part of the night unless what it finds is doubtful; a preview counts to the end."""
    limit = None if context.preview else ChangeLimit(partial(rows_held, context))
    try:
        return PickedUp(part(replace(context, limit=limit)))
    except StreamDriedUpError as error:
        return PickedUp(None, error.doubt)
    except TooManyChangesError as error:
        fields = list(error.fields.items())[:FIELDS_SHOWN]
        counted = error.rows, error.changes, fields, error.written
        return PickedUp(None, changes_doubt(error.worksheet, *counted))


def pick_up_held(context: SyncContext, api: str, compared: Compared) -> Held:
    """Do a part that was held back, now that a person has said to go on."""
    if api == ORDERS_PART:
        synced = repair_held(context, compared.batches)
        numbers = sum((Counter(asdict(one.counts)) for one in synced), Counter[str]())
        return Held(api, Counts(**numbers), synced)
    return Held(api, PARTS[api](replace(context, confirmed=True)))


def review_night(compared: Compared | None, parts: Mapping[str, PickedUp | None]) -> Review:
    """Return what a person is to be asked; None stands for what failed, which tells nothing."""
    doubts = doubts_of_night(compared, parts)
    held = [ORDERS_PART] if compared and compared.doubts else []
    held += [api for api, part in parts.items() if part and part.doubt]
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
