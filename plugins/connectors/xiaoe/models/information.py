"""Forms and what people filled in (contracts: xiaoe §8)."""

from __future__ import annotations

from typing import Any

from connectors.xiaoe.models.record import Record
from connectors.xiaoe.values import Id, Int, Moment, Text


class Answer(Record):
    """One filled form.

    ``extra`` holds the answers as they were received: text, JSON text, or JSON. Its layout is not
    documented, so it is read where the answers are mapped, not here.
    """

    id: Id
    form_id: Text = None
    form_name: Text = None
    user_id: Text = None
    user_nickname: Text = None
    resource_id: Text = None
    resource_name: Text = None
    collect_time: Moment = None
    extra: Any = None


class Form(Record):
    """One form; ``is_repeat`` says that a person may fill it in again."""

    form_id: Id
    form_name: Text = None
    collect_count: Int = None
    is_repeat: Int = None
    synchronization: Int = None
