"""From one answered form to a row of `collected_info`."""

from __future__ import annotations

from connectors.xiaoe.models import Answer
from include.destination.sheets.record import Record
from include.mapping.answers import answers_text
from include.mapping.text import clean_text


def collected_info_record(shop: str, answer: Answer, customer_row: str | None) -> Record:
    """Return what the source says of one answered form; `customer_row` is the customer's row id."""
    return Record(
        answer.id,
        {
            "record_id": answer.id,
            "shop": shop,
            "form_name": clean_text(answer.form_name),
            "form_id": clean_text(answer.form_id),
            "collected_at": answer.collect_time,
            "answers": answers_text(answer.extra),
            "customer": (customer_row,) if customer_row else (),
            "goods_name": clean_text(answer.resource_name),
        },
        updated_at=answer.collect_time,
    )
