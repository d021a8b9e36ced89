"""Users of the shop (contracts: xiaoe §4)."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from connectors.xiaoe.models.record import Record
from connectors.xiaoe.values import Id, Int, Moment, Text, Yuan, is_nothing, to_block


class UserCursor(Record):
    """Where user list 2.0.0 goes on: the ``es_skip`` of the last row, passed back as it came."""

    id: int | str
    user_created_at: int | str


def _to_cursor(value: object) -> object:
    """Return a cursor; of any row but the last of a page it may as well be missing."""
    block = to_block(value)
    usable = isinstance(block, dict) and all(
        isinstance(block.get(key), int | str) and not is_nothing(block[key])
        for key in ("id", "user_created_at")
    )
    return block if usable else None


class User(Record):
    """A row of the user lists.

    ``pay_sum`` is in 元 in user list 1.0.0 and in users by id; in user list 2.0.0 its unit is not
    determined (contracts: xiaoe §10.1). ``from_`` is the label of the source, such as 微信.
    """

    id_path = ("user_id",)

    user_id: Id
    user_nickname: Text = None
    bind_phone: Text = None
    collect_phone: Text = None
    from_: Text = Field(None, alias="from")
    pay_sum: Yuan = None
    punch_count: Int = None
    wx_union_id: Text = None
    user_created_at: Moment = None
    es_skip: Annotated[UserCursor | None, BeforeValidator(_to_cursor)] = None


class UserInfo(Record):
    """One user in detail; fields that were not asked for may be there or not, the id among them."""

    user_id: Text = None
    nickname: Text = None
    name: Text = None
    phone: Text = None
    phone_collect: Text = None
    company: Text = None
    job: Text = None
    wx_email: Text = None
    wx_union_id: Text = None
