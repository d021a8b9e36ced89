"""Asks HAP, as the pipeline asks it, for the structure and some rows of each of our worksheets."""

from __future__ import annotations

from functools import partial
from typing import Any

from connectors.errors import ConnectorError
from connectors.mingdao.filters import between
from include.destination.read.pivot import pivot_sums
from include.destination.rows import list_rows, related_ids
from include.destination.sheets.fields import FieldType, Worksheet
from include.destination.sheets.sheet import Sheet
from include.destination.sheets.worksheets import ORDERS, WORKSHEETS
from include.doctor.context import SPAN, DoctorContext
from include.doctor.shape_report.recorder import Recorder
from include.doctor.shape_report.shape import Shape

_ROWS = 100


def app_shapes(context: DoctorContext) -> dict[str, Any]:
    """Return the part `mingdao` of the report's format."""
    recorder = Recorder()
    with recorder.watching(context.hap.transport):
        recorder.ask("hap.app", context.hap.app)
        recorder.ask("hap.worksheets", context.hap.worksheets)
    sheets = {sheet.alias: _worksheet(context, sheet) for sheet in WORKSHEETS}
    return {"app": _calls(recorder), "worksheets": sheets}


def _worksheet(context: DoctorContext, definition: Worksheet) -> dict[str, Any]:
    recorder, fields = Recorder(), dict[str, Any]()
    try:
        sheet = context.sheet(definition)
    except ConnectorError as error:  # not set up, or it does not fit: the table says so
        recorder.interface("hap.worksheet").failed[type(error).__name__] += 1
        return {"calls": _calls(recorder), "fields": fields}
    with recorder.watching(context.hap.transport):
        recorder.ask("hap.worksheet", partial(context.hap.worksheet, sheet.id))
        recorder.ask("hap.rows.list", lambda: fields.update(_fields(context, sheet)))
        if definition is ORDERS:
            recorder.ask("hap.rows.pivot", partial(_sums, context, sheet))
    return {"calls": _calls(recorder), "fields": fields}


def _fields(context: DoctorContext, sheet: Sheet) -> dict[str, Any]:
    """Return the type of each field of ours, and the shape of its cells in a list of rows."""
    rows = list_rows(context.hap, sheet, page_size=_ROWS, count=True, system_fields=True).rows
    for row in rows[:1]:
        context.hap.get_row(sheet.id, row.id, system_fields=True)
        for alias, live in sheet.fields.items():
            if live.type == FieldType.RELATION:
                any(related_ids(context.hap, sheet, row.id, alias))
    described: dict[str, Any] = {}
    for alias, live in sheet.fields.items():
        cells = Shape()
        for row in rows:
            if alias in row.cells:
                cells.add(row.cells[alias])
        described[alias] = {"type": live.type, "cells": cells.to_json()}
    return described


def _sums(context: DoctorContext, sheet: Sheet) -> object:
    """Ask as the night does; the answer of a pivot is not documented."""
    now = context.app_now()
    asked = between("created_at", now - SPAN, now, zone=sheet.zone)
    return pivot_sums(context.hap, sheet, "created_at", ("amount_paid",), asked)


def _calls(recorder: Recorder) -> dict[str, Any]:
    return {api: one.to_json() for api, one in recorder.interfaces.items()}
