"""The secondary parts of a record, which is written without them where they cannot be had.

Each is a row of its own in `sync_errors` where it is missing: `entity` names the part, `record_id`
the order, customer or good that lacks it. Where a whole interface fails, one row for the interface
stands for all of them, and the records are found by the mark that they carry (see
`partial_mark`). Either way they are tried again by themselves, and the rows close by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from connectors.errors import Bilingual

INTERFACE = "interface"


@dataclass(frozen=True)
class Part:
    """One part: the entity of its error row, and the interface or worksheet that it hangs on."""

    entity: str
    step: str
    name: Bilingual

    @property
    def owner(self) -> str:
        """Return what kind of record lacks it: order, customer, goods or columns."""
        return self.entity.partition(".")[0]


VALIDITY = Part("order.validity", "purchase", Bilingual("有效期", "validity"))
DETAIL = Part("order.detail", "order.detail", Bilingual("订单详情", "order detail"))
BUYER = Part("order.customer", "customers", Bilingual("关联客户", "customer"))
BOUGHT = Part("order.goods", "goods", Bilingual("关联商品", "goods"))
LISTED = Part("customer.listed", "user.by_id", Bilingual("用户列表资料", "row of the user list"))
INFO = Part("customer.info", "user.info", Bilingual("用户详情", "user detail"))
FORMS = Part("customer.forms", "information.user", Bilingual("采集信息", "answered forms"))
GOODS_DETAIL = Part("goods.detail", "goods.detail", Bilingual("商品详情", "goods detail"))
CONTENTS = Part("columns.contents", "goods.relation", Bilingual("专栏内容", "contents of a column"))

PARTS: Mapping[str, Part] = {
    part.entity: part
    for part in (VALIDITY, DETAIL, BUYER, BOUGHT, LISTED, INFO, FORMS, GOODS_DETAIL, CONTENTS)
}


def parts_of(owner: str) -> Iterator[Part]:
    """Yield the parts that a kind of record may lack."""
    return (part for part in PARTS.values() if part.owner == owner)


def entities_of(owners: Iterable[str]) -> list[str]:
    """Return the entities under which the parts of these kinds of records are recorded."""
    return [part.entity for owner in owners for part in parts_of(owner)]


def steps_of(owner: str) -> frozenset[str]:
    """Return the interfaces and worksheets that the parts of a kind of record hang on."""
    return frozenset(part.step for part in parts_of(owner))
