"""Forms and what people filled in (contracts: xiaoe §8)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from connectors.xiaoe.models.record import Record
from connectors.xiaoe.values import Hint, Id, Moment, OptionalId, Repeated, Text, to_shallow


class Answer(Record):
    """One filled form.

    ``extra`` holds the answers as they were received: text, JSON text, or JSON. Its layout is not
    documented, so it is read where the answers are mapped, not here.
    """

    id_path = ("id",)

    id: Id
    form_id: Repeated = None
    form_name: Repeated = None
    user_id: OptionalId = None
    user_nickname: Text = None
    resource_id: Repeated = None
    resource_name: Repeated = None
    collect_time: Moment = None
    extra: Annotated[Any, BeforeValidator(to_shallow)] = None

    def model_post_init(self, _: object) -> None:
        """Share what pydantic notes of the fields that came: a third of a record, read by nobody.

        A large shop's answers are held by the ten thousand.
        """
        object.__setattr__(self, "__pydantic_fields_set__", _EVERY_FIELD)


_EVERY_FIELD = set(Answer.model_fields)


class Form(Record):
    """One form; ``collect_count`` says how many records it has, None where that is not told."""

    id_path = ("form_id",)

    form_id: Id
    form_name: Text = None
    collect_count: Hint = None
