"""Calls about the app and the structure of its worksheets (contracts: hap §4, §5, §6).

What a stranger would get wrong: neither creating nor editing returns the ids of the fields, so the
structure is read again afterwards. And edits of linked worksheets must follow one another:
overlapping ones are refused as stale, which is waited out here a few times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.mingdao.calls import WORKSHEETS, HapCalls, ignored, worksheet_path
from connectors.mingdao.envelope import data_of_structure_edit
from connectors.mingdao.models import App, CreatedWorksheet, Worksheet, WorksheetList, WorksheetRef

FieldDefinition = Mapping[str, Any]
"""A field as HAP takes it: `name`, `type`, `required`, `alias`, … (contracts: hap §5)."""

_JSON = {"responseFormat": "json"}


class StructureCalls:
    """The app, its worksheets and their fields."""

    _calls: HapCalls

    def app(self) -> App:
        """Return the application that the AppKey opens, with its sections and items."""
        return self._calls.read("hap.app", "GET", "/v3/app", App.parse)

    def worksheets(self) -> list[WorksheetRef]:
        """Return id and name of every worksheet; `app` tells their aliases."""
        return self._calls.read(
            "hap.worksheets",
            "POST",
            f"{WORKSHEETS}/list",
            lambda data: WorksheetList.parse({"data": data}).data,
            json={**_JSON, "worksheets": []},  # the default is one long text table
        )

    def worksheet(self, ws: str) -> Worksheet:
        """Return the structure of a worksheet, by id or alias.

        Raises:
            ConfigurationError: There is no such worksheet in this app.
        """
        path = worksheet_path(ws)
        return self._calls.read("hap.worksheet", "GET", path, Worksheet.parse, params=_JSON)

    def create_worksheet(self, name: str, alias: str, fields: Sequence[FieldDefinition]) -> str:
        """Create a worksheet and return its id.

        Relations need their target to exist, so they are added with `edit_worksheet` later.

        Raises:
            AlreadyExists: The alias is taken.
            OutcomeUnknown: Look for the alias before creating it again.
        """
        body = {"name": name, "alias": alias, "sectionId": "", "fields": list(fields)}
        created = self._calls.write(
            "hap.worksheet.create",
            "POST",
            WORKSHEETS,
            body,
            CreatedWorksheet.parse,
            outcome=data_of_structure_edit,
        )
        return created.id

    def edit_worksheet(
        self,
        ws: str,
        *,
        name: str | None = None,
        alias: str | None = None,
        add_fields: Sequence[FieldDefinition] = (),
        edit_fields: Sequence[FieldDefinition] = (),
        remove_fields: Sequence[str] = (),
    ) -> None:
        """Change a worksheet; what is not given stays.

        An entry of `edit_fields` names its field by `id`, which may be the alias. Whether a list of
        `options` there replaces the old one, and whether their keys survive, is not documented.

        Raises:
            ValueError: Nothing to change.
            OutcomeUnknown: Read the structure before repeating it: a repeat adds fields twice.
        """
        given = {
            "name": name,
            "alias": alias,
            "addFields": list(add_fields),
            "editFields": list(edit_fields),
            "removeFields": list(remove_fields),
        }
        body = {key: value for key, value in given.items() if value}
        if not body:
            raise ValueError("nothing to change in the worksheet")
        self._calls.write(
            "hap.worksheet.edit",
            "POST",
            worksheet_path(ws),
            body,
            ignored,
            outcome=data_of_structure_edit,
        )
