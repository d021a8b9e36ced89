"""A person at work in the app: what a test uses to correct, add or delete a row by hand.

A person picks options by their text and types what they see. Unlike the API, the form does
respect "no duplicates" and required fields; a test that needs those can look before it acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from include.simulators.hap import rows
from include.simulators.hap.kinds import Family
from include.simulators.hap.model import Field
from include.simulators.hap.store import HapStore
from include.simulators.hap.worksheet import Worksheet
from include.simulators.hap.writing import Write


class Person:
    """Somebody with an account; changes carry that account in caid and uaid."""

    def __init__(self, store: HapStore, account: str = "user-li-na", name: str = "李娜") -> None:
        self._store = store
        self._account = account
        store.users[account] = name

    def edit(self, sheet: str, rowid: str, cells: Mapping[str, object]) -> None:
        """Change cells, by alias, of a row.

        Raises:
            HapError: 430002 where the row is gone.
        """
        with self._store.lock:
            worksheet, write = self._store.sheet(sheet), self._write()
            row = rows.need(write, worksheet, rowid)
            rows.update(write, worksheet, row, _entries(worksheet, cells))

    def add(self, sheet: str, cells: Mapping[str, object]) -> str:
        """Add a row and return its id."""
        with self._store.lock:
            worksheet = self._store.sheet(sheet)
            return rows.create(self._write(), worksheet, _entries(worksheet, cells))

    def delete(self, sheet: str, rowid: str, *, permanent: bool = False) -> None:
        """Move a row to the recycle bin, or delete it for good."""
        with self._store.lock:
            worksheet, write = self._store.sheet(sheet), self._write()
            rows.need(write, worksheet, rowid)
            rows.delete(write, worksheet, [rowid], permanent=permanent)

    def restore(self, sheet: str, rowid: str) -> None:
        """Take a row out of the recycle bin."""
        with self._store.lock:
            rows.restore(self._write(), self._store.sheet(sheet), rowid)

    def _write(self) -> Write:
        return Write(self._store, actor=self._account)


def _entries(sheet: Worksheet, cells: Mapping[str, object]) -> list[dict[str, Any]]:
    return [
        {"id": name, "value": _picked(sheet.need(name), value)} for name, value in cells.items()
    ]


def _picked(field: Field, value: object) -> object:
    if field.family is not Family.SELECT or value in (None, "", []):
        return value
    options = (field.option_named(str(v)) for v in (value if isinstance(value, list) else [value]))
    return [option.key for option in options if option is not None]
