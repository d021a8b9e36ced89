"""Several rows for one key: which go, and which a person has to decide about.

HAP enforces no unique keys on API writes, so a crash or a copy by hand can leave two rows for one
key, in any worksheet. The oldest wins, and what points at a younger one is moved to it. A younger
one goes into the recycle bin only if it is the pipeline's own work and nothing points at it any
more; every other stays and is told in `sync_errors`, with the reason.

Safe to be killed anywhere, and to run twice at once: relations are moved before a row goes, and a
row goes only while an older one of its key is seen, so that the oldest of all never does.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property

from connectors.errors import (
    AuthenticationError,
    Bilingual,
    ConfigurationError,
    ConnectorError,
    NotFound,
    RejectedError,
)
from connectors.mingdao.filters import KEYS_PER_FILTER
from connectors.mingdao.models import Row
from include.destination.read.lookup import chunked, look_up
from include.destination.sheets.fields import Worksheet
from include.destination.sheets.sheet import Sheet
from include.destination.sheets.worksheets import WORKSHEETS
from include.destination.write.authorship import others_work
from include.destination.write.relations import (
    declared_relations,
    persons_relations,
    point_elsewhere,
    relations_from_outside,
    rows_pointing_at,
)
from include.flows.run.context import SyncContext
from include.flows.run.error_rows import open_error_rows
from include.flows.run.manual_issues import keep_manual_issues
from include.flows.run.scans import rows_seen_by

log = logging.getLogger(__name__)

ENTITY = "duplicate"

Younger = Mapping[str, Sequence[Row]]


def doubled_names(context: SyncContext) -> Iterator[str]:
    """Yield every key, as `<worksheet>:<key>`, that several of the shop's rows carry.

    Reads the keys of all worksheets, a thousand rows a call.
    """
    for definition in filter(context.has, WORKSHEETS):
        sheet, seen = context.sheet(definition), set[str]()
        for row in rows_seen_by(context, definition, (definition.key,)):
            key = sheet.key_of(row)
            if key and key in seen:
                yield f"{definition.alias}:{key}"
            seen.add(key)


def repair_duplicates(context: SyncContext, names: Iterable[str]) -> int:
    """Leave one row of each of these keys where that is safe, and tell of the others.

    What waits in `sync_errors` is tried again. Returns how many keys still have several rows.
    """
    asked = {*names, *open_error_rows(context, ENTITY)}
    healing = _Healing(context)
    # Whatever points at others goes first: a row that is gone need not be moved.
    for definition in reversed(WORKSHEETS):
        prefix = f"{definition.alias}:"
        keys = sorted(name.removeprefix(prefix) for name in asked if name.startswith(prefix))
        for chunk in chunked(keys, KEYS_PER_FILTER):
            healing.heal(definition, chunk)
    keep_manual_issues(context, ENTITY, healing.errors, asked)
    return len(healing.errors)


class _Healing:
    """The keys that keep several rows, with the error that tells why."""

    def __init__(self, context: SyncContext) -> None:
        self.context = context
        self.errors: dict[str, ConnectorError] = {}
        self._outside: dict[str, Bilingual | None] = {}

    def heal(self, definition: Worksheet, keys: Sequence[str]) -> None:
        """Heal some keys of one worksheet; what fails is told like what has to stay."""
        found = look_up(self.context.hap, self.context.sheet(definition), keys)
        if not found.duplicates:
            return
        try:
            kept = self._heal(definition, found.rows, found.duplicates)
        except (AuthenticationError, ConfigurationError):
            raise
        except ConnectorError as error:
            names = (f"{definition.alias}:{key}" for key in found.duplicates)
            self.errors |= dict.fromkeys(names, error)
            return
        for key, reasons in kept.items():
            number = 1 + len(found.duplicates[key])
            self.errors[f"{definition.alias}:{key}"] = _stays(number, reasons)

    def _heal(
        self, definition: Worksheet, oldest: Mapping[str, Row], younger: Younger
    ) -> dict[str, list[Bilingual]]:
        """Move relations, remove what may go; return why rows stay, by key."""
        sheet = self.context.sheet(definition)
        self._move(definition, oldest, younger)
        pointed_at = self._still_pointed_at(definition, younger)
        now = look_up(self.context.hap, sheet, younger)
        kept: dict[str, list[Bilingual]] = {}
        going: list[str] = []
        for key, rows in now.duplicates.items():
            for row in rows:
                why = (
                    others_work(sheet, row, now.rows[key])
                    or _new_since(row, younger.get(key, ()))
                    or self._may_be_pointed_at(sheet, row, pointed_at)
                    or self._without_older(sheet, now.rows[key])
                )
                if why:
                    kept.setdefault(key, []).append(why)
                else:
                    going.append(row.id)
        self._remove(sheet, going)
        return kept

    def _move(self, definition: Worksheet, oldest: Mapping[str, Row], younger: Younger) -> None:
        instead = {row.id: oldest[key].id for key, rows in younger.items() for row in rows}
        for referrer, alias in declared_relations(definition):
            sheet = self.context.sheet(referrer)
            rows = rows_pointing_at(self.context.hap, sheet, alias, instead)
            point_elsewhere(self.context.hap, sheet, alias, rows, instead, datetime.now(UTC))
            if rows:
                log.info(
                    "工作表「%s」：%d 行改为关联最早的一行 / rows now point at the oldest",
                    referrer.label,
                    len(rows),
                )

    def _still_pointed_at(self, definition: Worksheet, younger: Younger) -> set[str]:
        """Read back which younger rows the pipeline's own relations still hold."""
        row_ids = {row.id for rows in younger.values() for row in rows}
        held: set[str] = set()
        for referrer, alias in declared_relations(definition):
            sheet = self.context.sheet(referrer)
            for row in rows_pointing_at(self.context.hap, sheet, alias, row_ids):
                value = sheet.read(row, alias)
                held |= row_ids & set(value if isinstance(value, tuple) else ())
        return held

    def _may_be_pointed_at(self, sheet: Sheet, row: Row, pointed_at: set[str]) -> Bilingual | None:
        if row.id in pointed_at:
            return Bilingual("仍有行关联到它", "rows still point at it")
        own = persons_relations(self.context.hap, sheet, row, self._declared)
        if own:
            names = "、".join(own)
            return Bilingual(f"有人工添加的关联：{names}", f"related by hand: {names}")
        alias = sheet.definition.alias
        if alias not in self._outside:
            outside = relations_from_outside(self.context.hap, sheet, self._declared)
            names = "、".join(outside)
            self._outside[alias] = (
                Bilingual(f"「{names}」可能关联到它", f"{names} may point at it")
                if outside
                else None
            )
        return self._outside[alias]

    def _without_older(self, sheet: Sheet, oldest: Row) -> Bilingual | None:
        """Look once more by id, because a list may still show a row that has just gone."""
        if self.context.hap.get_row(sheet.id, oldest.id) is not None:
            return None
        return Bilingual("最早的一行刚刚被删除", "the oldest row has just gone")

    def _remove(self, sheet: Sheet, row_ids: Sequence[str]) -> None:
        if not row_ids:
            return
        try:
            self.context.hap.delete_rows(sheet.id, row_ids, permanent=False, trigger_workflow=False)
        except NotFound:
            log.info("重复行已不在 / another run has removed them")
        label = sheet.definition.label
        log.info("工作表「%s」：%d 行重复已移入回收站 / duplicates removed", label, len(row_ids))

    @cached_property
    def _declared(self) -> frozenset[str]:
        """Return the ids of the app's fields that the pipeline's relations stand for."""
        return frozenset(
            self.context.sheet(referrer).fields[alias].id
            for target in WORKSHEETS
            for referrer, alias in declared_relations(target)
            if alias not in self.context.sheet(referrer).left_out
        )


def _new_since(row: Row, known: Iterable[Row]) -> Bilingual | None:
    if any(row.id == one.id for one in known):
        return None
    return Bilingual("刚刚出现，下次再处理", "it has just appeared, and waits for the next run")


def _stays(number: int, reasons: Iterable[Bilingual]) -> RejectedError:
    why = list(dict.fromkeys(reasons))
    return RejectedError(
        "rows.list",
        Bilingual(
            f"同一个键有 {number} 行，没有自动删除：{'；'.join(one.zh for one in why)}",
            f"{number} rows carry this key, not removed: {'; '.join(one.en for one in why)}",
        ),
        Bilingual(
            "关联已指向最早的一行；按记录ID里冒号后的键在明道云这张工作表里搜索，把其余行里需要的内容抄过去，再删除其余的行",
            "relations point at the oldest row now; search the worksheet in HAP for the key "
            "after the colon of the record id, copy what you need from the others, "
            "then delete them",
        ),
    )
