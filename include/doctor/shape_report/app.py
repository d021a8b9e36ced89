"""Asks HAP, as the pipeline asks it, for the structure and some rows of each of our worksheets."""

from __future__ import annotations

from functools import partial
from typing import Any

from connectors.errors import ConnectorError
from include.destination.rows import list_rows
from include.destination.schema import Worksheet
from include.destination.sheet import Sheet
from include.destination.worksheets import WORKSHEETS
from include.doctor.patient import Patient
from include.doctor.shape_report.recorder import Recorder
from include.doctor.shape_report.shape import Shape

_ROWS = 100


def app_shapes(patient: Patient) -> dict[str, Any]:
    """Return the part `mingdao` of the report's format."""
    recorder = Recorder()
    with recorder.watching(patient.hap.transport):
        recorder.ask("hap.app", patient.hap.app)
        recorder.ask("hap.worksheets", patient.hap.worksheets)
    sheets = {sheet.alias: _worksheet(patient, sheet) for sheet in WORKSHEETS}
    return {"app": _calls(recorder), "worksheets": sheets}


def _worksheet(patient: Patient, definition: Worksheet) -> dict[str, Any]:
    recorder, fields = Recorder(), dict[str, Any]()
    try:
        sheet = patient.sheet(definition)
    except ConnectorError as error:  # not set up, or it does not fit: the table says so
        recorder.interface("hap.worksheet").failed[type(error).__name__] += 1
        return {"calls": _calls(recorder), "fields": fields}
    with recorder.watching(patient.hap.transport):
        recorder.ask("hap.worksheet", partial(patient.hap.worksheet, sheet.id))
        recorder.ask("hap.rows.list", lambda: fields.update(_fields(patient, sheet)))
    return {"calls": _calls(recorder), "fields": fields}


def _fields(patient: Patient, sheet: Sheet) -> dict[str, Any]:
    """Return the type of each field of ours, and the shape of its cells in a list of rows."""
    rows = list_rows(patient.hap, sheet, page_size=_ROWS, count=True, system_fields=True).rows
    if rows:
        patient.hap.get_row(sheet.id, rows[0].id, system_fields=True)
    told: dict[str, Any] = {}
    for alias, live in sheet.fields.items():
        cells = Shape()
        for row in rows:
            if alias in row.cells:
                cells.add(row.cells[alias])
        told[alias] = {"type": live.type, "cells": cells.to_json()}
    return told


def _calls(recorder: Recorder) -> dict[str, Any]:
    return {api: one.to_json() for api, one in recorder.interfaces.items()}
