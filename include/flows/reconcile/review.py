"""What a night found and does not believe by itself: a person looks at it, and the night goes on.

Two things are doubted: a stream that is suddenly nine tenths smaller, and more than 5 % and more
than 100 rows of a worksheet that would change. What a release changes (an older mapping's rows) is
announced, not doubted. Of the orders nothing is written before the answer; users, goods and answers
are compared while they are read, so that up to that limit of their rows has been changed by then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from include.destination.write.change_limit import ChangeLimit, TooManyChangesError
from include.flows.reconcile.catch_up import PARTS
from include.flows.reconcile.doubts import changes_doubt
from include.flows.reconcile.plan import Compared
from include.flows.run.context import SyncContext
from include.flows.run.counts import Counts
from include.flows.run.volume_checks import Doubt, StreamDriedUpError, rows_held

log = logging.getLogger(__name__)

FIELDS_SHOWN = 5
_EXPLAINED = (
    "下面的内容和平时相差太多，还没有写入。请先在小鹅通后台核对数量和接口权限。",
    "**继续**：照此写入，不删除任何行；**停止**：不写入，本次运行变红。到时没有人回答，按停止处理。",
    "",
    "*What follows is too unlike other nights, and has not been written. Check numbers and "
    "permissions in the shop's console first. 继续 writes it and deletes nothing; 停止 writes "
    "nothing and ends the run red, as does nobody's answer.*",
    "",
)


@dataclass(frozen=True)
class PickedUp:
    """What became of a part of the night: its counts, or why it waits for a person."""

    counts: Counts | None = None
    doubt: Doubt | None = None


@dataclass(frozen=True)
class Held:
    """What a part counted that was held back, and done after a person's answer."""

    api: str
    counts: Counts


@dataclass(frozen=True)
class Review:
    """What a person is to look at: `body` is Markdown with a table, "" where nothing is doubtful.

    `held` are the parts, by api, that were held back and are done once a person says so.
    """

    body: str = ""
    held: Sequence[str] = ()


def pick_up(context: SyncContext, part: Callable[[SyncContext], Counts]) -> PickedUp:
    """Do a part of the night unless what it finds is doubtful; a preview counts to the end."""
    limit = None if context.preview else ChangeLimit(partial(rows_held, context))
    try:
        return PickedUp(part(replace(context, limit=limit)))
    except StreamDriedUpError as error:
        return PickedUp(doubt=error.doubt)
    except TooManyChangesError as error:
        fields = list(error.fields.items())[:FIELDS_SHOWN]
        return PickedUp(doubt=changes_doubt(error.worksheet, error.rows, error.changes, fields))


def pick_up_held(context: SyncContext, api: str) -> Held:
    """Do a part that was held back, now that a person has said to go on."""
    return Held(api, PARTS[api](replace(context, confirmed=True)))


def review_night(compared: Compared | None, parts: Mapping[str, PickedUp | None]) -> Review:
    """Return what a person is to be asked; None stands for what failed, which tells nothing."""
    doubts = list(compared.doubts) if compared else []
    held = {api: part.doubt for api, part in parts.items() if part and part.doubt}
    doubts += held.values()
    if not doubts:
        return Review()
    for doubt in doubts:
        log.warning("存疑 / in doubt: %s: %s → %s", doubt.what, doubt.known, doubt.found)
    return Review(_body(doubts, len(compared.outdated) if compared else 0), list(held))


def counts_of(
    parts: Mapping[str, PickedUp | None], held: Iterable[Held] | None
) -> dict[str, Counts | None]:
    """Return what each part counted, by api, at once or after the answer; None where it failed."""
    counts = {api: part.counts if part else None for api, part in parts.items()}
    return {**counts, **{one.api: one.counts for one in held or ()}}


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
