"""Mistakes that a careful person makes, each as a small change to the real write path."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from connectors.errors import OutcomeUnknown
from connectors.mingdao.filters import any_equal
from include.destination.read.lookup import Found
from include.destination.sheets.fields import FieldType, Policy
from include.destination.sheets.fingerprint import source_hash
from include.destination.write.plan import FILLED, HASH, Action, Change, Plan, read_marks
from include.destination.write.upsert import Upsert


class BlindRetry(Upsert):
    """Sends a create again when its answer is lost."""

    def _create_chunk(self, changes):
        rows = [self.sheet.cells(change.values) for change in changes]
        try:
            self.client.create_rows(self.sheet.id, rows)
        except OutcomeUnknown:
            self.client.create_rows(self.sheet.id, rows)
        self.attempts.tried(changes, self.waited)

    def _settle_races(self, found):
        return set()


class RowIdsByPosition(Upsert):
    """Takes the n-th id of the answer for the row of the n-th record."""

    def _create_chunk(self, changes):
        rows = [self.sheet.cells(change.values) for change in changes]
        for change, row_id in zip(
            changes, self.client.create_rows(self.sheet.id, rows), strict=True
        ):
            self._done(change, row_id)


class UnverifiedFilter(Upsert):
    """Misspells an operator, and takes the rows that come back for those that were asked for."""

    def _look_up(self, keys):
        condition = any_equal(self.sheet.definition.key, keys)
        for child in condition["children"]:
            child["operator"] = "equals"
        rows = self.client.list_rows(self.sheet.id, filter=condition).rows
        return Found(dict(zip(sorted(keys), rows, strict=False)))


class HashOverStoredValues(Upsert):
    """Compares with a fingerprint of what HAP returned instead of what was meant."""

    def _plan(self, key, row):
        if row is None or not self.sheet.definition.has(HASH):
            return super()._plan(key, row)
        names = Plan(self.sheet, self.records[key]).owned
        stored = {name: str(row.cells.get(name) or "") for name in names}
        meant = {name: str(value or "") for name, value in names.items()}
        if source_hash(stored) == source_hash(meant):
            return Change(key, Action.UNCHANGED, row_id=row.id)
        return Change(
            key, Action.PATCH, {**names, HASH: source_hash(meant, self.sheet.version)}, row.id
        )


class PhoneAsKey(Upsert):
    """Finds customers by their phone."""

    def _look_up(self, keys):
        phones = {key: self.records[key].values.get("phone") for key in keys}
        known: set[Any] = {phone for phone in phones.values() if phone}
        if self.sheet.definition.alias != "customers" or not known:
            return super()._look_up(keys)
        rows = self.client.list_rows(self.sheet.id, filter=any_equal("phone", known)).rows
        by_phone = {row.cells["phone"]: row for row in reversed(rows)}
        found = super()._look_up({key for key in keys if not phones[key]}).rows
        return Found(found | {k: by_phone[p] for k, p in phones.items() if p in by_phone})


class NoSecondLook(Upsert):
    """Takes an acknowledged create for the end of the matter."""

    def _create_chunk(self, changes):
        super()._create_chunk(changes)
        for change in changes:
            self._done(change, sorted(self.attempts.made)[0])


class NoStaleGuard(Upsert):
    """Lets whoever comes last overwrite the row, however old the version."""

    def _plan(self, key, row):
        if row is not None:
            row = replace(row, cells={**row.cells, "source_updated_at": ""})
        return super()._plan(key, row)


class BlankBlanks(Upsert):
    """Takes a blank source for a wish to blank."""

    def _plan(self, key, row):
        change = super()._plan(key, row)
        if row is None:
            return change
        values = self.records[key].values
        blanked = {
            field.alias: None
            for field in self.sheet.definition.under(Policy.FILL)
            if not values.get(field.alias) and self.sheet.read(row, field.alias)
        }
        if not blanked:
            return change
        return Change(key, Action.PATCH, {**change.values, **blanked}, row.id)


class FillOverwrites(Upsert):
    """Writes a `fill` field whenever the source differs."""

    def _plan(self, key, row):
        change = super()._plan(key, row)
        if row is None or not self.sheet.definition.has(FILLED):
            return change
        assert read_marks(row) is not None
        values = self.records[key].values
        typed = {
            field.alias: values[field.alias]
            for field in self.sheet.definition.under(Policy.FILL)
            if values.get(field.alias) and values[field.alias] != self.sheet.read(row, field.alias)
        }
        return Change(key, Action.PATCH, {**change.values, **typed}, row.id) if typed else change


class DeletesForeignRows(Upsert):
    """Tidies up every row but the oldest, whoever made it."""

    def _settle_races(self, found):
        others = [row.id for rows in found.duplicates.values() for row in rows]
        if others:
            self._delete(others)
        return set()


class OptionsByLabel(Upsert):
    """Writes what people see instead of the option's key."""

    def _create_chunk(self, changes):
        rows = []
        for change in changes:
            cells = self.sheet.cells(change.values)
            for field in self.sheet.definition.fields:
                if field.type is FieldType.SELECT and change.values.get(field.alias):
                    cells[field.alias] = [change.values[field.alias]]
            rows.append(cells)
        self.attempts.made |= set(self.client.create_rows(self.sheet.id, rows))
        self.attempts.tried(changes, self.waited)


class NewestWins(Upsert):
    """Keeps the newest row of a race instead of the oldest."""

    def _settle_races(self, found):
        for key, others in list(found.duplicates.items()):
            *older, newest = [found.rows[key], *others]
            self._delete([row.id for row in older if row.id in self.attempts.made])
            found.rows[key] = newest
        return set()


class NoWaitForUnknown(Upsert):
    """Creates again at once when the first look finds nothing, and trusts the answer."""

    def _awaited(self, key, found):
        attempt = self.attempts.by_key.get(key)
        return attempt is not None and attempt.doubt is None and super()._awaited(key, found)

    def _settle_races(self, found):
        return set()


class OneBatchForAll(Upsert):
    """Takes a batch update for many different rows, where HAP stores one set of values in all."""

    def _patch(self, changes):
        if changes:
            ids = [change.row_id for change in changes if change.row_id]
            self.client.update_rows(self.sheet.id, ids, self.sheet.cells(changes[0].values))
        for change in changes:
            self._done(change, change.row_id or "")
