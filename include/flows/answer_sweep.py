"""What buyers typed into forms: form by form where that takes fewer calls than buyer by buyer.

Asking each buyer costs a call a buyer; a form shows fifty records a call, whoever filled it in. The
list of forms tells how many records there are. The interface has a pair of times as well, but it is
not determined whether it means the answer or the form (contracts: xiaoe §8.1): it is not used.
"""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from connectors.errors import ContractError, RejectedError, RetryableError
from connectors.xiaoe.models import Form
from include.destination.lookup import chunked
from include.flows.customers import (
    CUSTOMERS_AT_ONCE,
    answers_of_forms,
    forms_enabled,
    write_answers,
)
from include.flows.shop import Shop
from include.source.everything import every_form

log = logging.getLogger(__name__)

FEW_BUYERS = 10  # for so few the list of forms is not worth asking
MOST_RECORDS = 50_000  # they are held in memory, because a person's newest answers win


def sweep_answers(shop: Shop, batches: Iterable[dict[str, Any]]) -> bool:
    """Sync all answered forms if that is cheaper for these orders; tell whether it was done.

    `batches` are as they cross XCom. Where the forms cannot be read through, the buyers are asked.
    """
    buyers = sum(batch["customers"] for batch in batches)
    if buyers <= FEW_BUYERS or shop.preview or not forms_enabled(shop):
        return False
    try:
        forms = list(every_form(shop.xiaoe, shop.settings.page_size("information.form")))
        if not _is_cheaper(shop, forms, buyers):
            return False
        answers = answers_of_forms(shop, forms)
    except (ContractError, RejectedError, RetryableError) as error:
        log.warning("表单读取未完成,改为按买家读取 / the forms cannot be read through: %s", error)
        return False
    counts: Counter[str] = Counter()
    for names in chunked(sorted(answers), CUSTOMERS_AT_ONCE):
        counts.update(write_answers(shop, {name: answers[name] for name in names}).counts())
    log.info("已按表单读取采集信息 / read the forms as a whole: %s", dict(counts))
    return True


def _is_cheaper(shop: Shop, forms: Sequence[Form], buyers: int) -> bool:
    """Tell whether reading the forms takes fewer calls; not where a form does not count."""
    size = shop.settings.page_size("information.form.result")
    counted = [form.collect_count for form in forms if form.collect_count is not None]
    pages = sum(max(1, math.ceil(count / size)) for count in counted)
    log.info("表单共 %d 页,买家 %d 人 / pages of the forms, buyers", pages, buyers)
    return len(counted) == len(forms) and sum(counted) <= MOST_RECORDS and pages < buyers
