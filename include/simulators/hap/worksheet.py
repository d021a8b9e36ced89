"""A worksheet: its fields by id and by alias, its views, its rows.

Everything that names a field may use the 24-hex id or the alias; only `Worksheet.field` knows that.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from include.simulators.hap.model import Field, View
from include.simulators.hap.table import Table, UniqueIndex


class Worksheet:
    """One worksheet. `rules` are filter groups: a row that matches one is refused (430021)."""

    def __init__(self, sheet_id: str, app_id: str, name: str, alias: str, view: View) -> None:
        self.id = sheet_id
        self.app_id = app_id
        self.name = name
        self.alias = alias
        self.remark = ""
        self.desc = ""
        self.views = [view]
        self.table = Table()
        self.rules: list[dict[str, Any]] = []
        self.workflow_runs = 0
        self.busy = False
        self._fields: dict[str, Field] = {}
        self._aliases: dict[str, Field] = {}
        self.last_autoid = 0

    @property
    def label(self) -> str:
        """The alias, or the id of a worksheet that has none."""
        return self.alias or self.id

    @property
    def fields(self) -> Iterable[Field]:
        """The fields in their order."""
        return self._fields.values()

    @property
    def title(self) -> Field | None:
        """The field whose text stands for the row in relations."""
        return next((field for field in self.fields if field.is_title), None)

    def field(self, name: object) -> Field | None:
        """Find a field by id or alias."""
        if not isinstance(name, str):
            return None
        return self._fields.get(name) or self._aliases.get(name)

    def need(self, name: str) -> Field:
        """Find a field that is known to exist; raises KeyError."""
        field = self.field(name)
        if field is None:
            raise KeyError(f"{self.label} has no field {name}")
        return field

    def add_field(self, field: Field) -> None:
        """Append a field."""
        self._fields[field.id] = field
        self._refresh()

    def remove_field(self, field: Field) -> None:
        """Take a field away; its cells stay in the rows and are never shown again."""
        del self._fields[field.id]
        self._refresh()

    def rename_alias(self, field: Field, alias: str) -> None:
        """Give a field another alias."""
        field.alias = alias
        self._refresh()

    def add_unique_index(self, *names: str) -> None:
        """Declare a unique index as a person does in the sheet editor; the open API cannot."""
        ids = tuple(self.need(name).id for name in names)
        self.table.add_unique(UniqueIndex("unique_" + "_".join(names), ids))

    def next_autoid(self) -> int:
        """Return the next running number of the worksheet."""
        self.last_autoid += 1
        return self.last_autoid

    def _refresh(self) -> None:
        self._aliases = {field.alias: field for field in self._fields.values() if field.alias}
