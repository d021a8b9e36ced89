"""The name of each api, for the journal and for the patterns of fault rules.

Such as `rows.list`, `rows.batch_create`, `worksheet.create`, `app.get`.
"""

from __future__ import annotations

import re

_SHEET = r"app/worksheets/[^/]+"
_ROUTES: list[tuple[str, str, str]] = [
    ("GET", r"app", "app.get"),
    ("POST", r"app/worksheets/list", "worksheets.list"),
    ("POST", r"app/worksheets", "worksheet.create"),
    ("POST", rf"{_SHEET}/rows/list", "rows.list"),
    ("POST", rf"{_SHEET}/rows/pivot", "rows.pivot"),
    ("POST", rf"{_SHEET}/rows/batch", "rows.batch_create"),
    ("PATCH", rf"{_SHEET}/rows/batch", "rows.batch_update"),
    ("DELETE", rf"{_SHEET}/rows/batch", "rows.batch_delete"),
    ("POST", rf"{_SHEET}/rows", "rows.create"),
    ("GET", rf"{_SHEET}/rows/[^/]+/relations/[^/]+", "rows.relations"),
    ("GET", rf"{_SHEET}/rows/[^/]+", "rows.get"),
    ("PATCH", rf"{_SHEET}/rows/[^/]+", "rows.update"),
    ("DELETE", rf"{_SHEET}/rows/[^/]+", "rows.delete"),
    ("GET", _SHEET, "worksheet.get"),
    ("POST", _SHEET, "worksheet.edit"),
    ("DELETE", _SHEET, "worksheet.delete"),
    ("GET", r"app/optionsets", "optionsets.list"),
    ("POST", r"app/optionsets", "optionsets.create"),
]
_V3 = [(method, re.compile(rf"(?:/api)?/v3/{path}"), name) for method, path, name in _ROUTES]


def api_name(method: str, path: str) -> str:
    """Return the name of the api behind a request; the page is `page`, anything else `unknown`."""
    for verb, pattern, name in _V3:
        if verb == method and pattern.fullmatch(path):
            return name
    return "page" if path == "/" else "unknown"


def is_row_call(api: str) -> bool:
    """Tell whether the gateway's rate limit counts an api."""
    return api.startswith("rows.")
