"""Puts the report together, and writes it as one line of JSON that can be mailed."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from connectors.errors import Bilingual
from include.doctor.context import DoctorContext
from include.doctor.shape_report import FORMAT
from include.doctor.shape_report.app import app_shapes
from include.doctor.shape_report.forms import Forms
from include.doctor.shape_report.known_fields import compared
from include.doctor.shape_report.recorder import Recorder
from include.doctor.shape_report.shop import ask_shop
from include.doctor.shape_report.vocabulary import shown_key

SAFE = Bilingual(
    "只有字段名、类型、长度、次数和枚举代码；没有姓名、手机号、ID、金额、文字、网址或令牌，可以放心发送",
    "keys, types, lengths, counts and codes alone; no name, phone, id, amount, text, address or "
    "token is in it: it is safe to mail",
)
BEGIN, END = "-----BEGIN SHAPES-----", "-----END SHAPES-----"


def shapes_of(context: DoctorContext) -> dict[str, Any]:
    """Ask both systems and return the report; see the package for its format."""
    forms = Forms()
    recorder = Recorder(also=forms.add)
    ask_shop(context, recorder)
    return {
        "format": FORMAT,
        "note": SAFE._asdict(),
        "xiaoe": {
            api: {**one.to_json(), **compared(api, one.answer), **_unread(context, api)}
            for api, one in sorted(recorder.interfaces.items())
        },
        "forms": forms.to_json(),
        "mingdao": app_shapes(context),
    }


def _unread(context: DoctorContext, api: str) -> dict[str, dict[str, int]]:
    """Return how many rows could not be read, by the field that was to blame."""
    rows = (row for row in context.xiaoe.unreadable.all() if row.api == api)
    fields = Counter(".".join(map(shown_key, row.field.split("."))) for row in rows)
    return {"unread_rows": dict(fields)} if fields else {}


def written(report: dict[str, Any]) -> str:
    """Return a report as one line, which a log keeps together."""
    return json.dumps(report, ensure_ascii=False, separators=(",", ":"))


def for_a_log(report: dict[str, Any]) -> str:
    """Return a report between two marks, with what it is above them."""
    return f"{SAFE}\n{BEGIN}\n{written(report)}\n{END}"
