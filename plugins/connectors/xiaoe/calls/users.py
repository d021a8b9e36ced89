"""Calls about users (contracts: xiaoe §4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from connectors.xiaoe.caller import page_of, rows_before
from connectors.xiaoe.calls.topic import Topic
from connectors.xiaoe.envelope import read_one
from connectors.xiaoe.models import Page, UnreadableRow, User, UserCursor, UserInfo

_INFO_FIELDS = (
    *("wx_union_id", "nickname", "name", "phone", "company"),
    *("job", "wx_email", "phone_collect", "created_at"),
)


class UserCalls(Topic):
    """Users: list by page, list by cursor, some by id, one in detail."""

    def list_users(
        self, page: int, page_size: int = 50, created: tuple[date, date] | None = None
    ) -> Page[User]:
        """List users, user list 1.0.0; only the first 10 000 rows of a filter can be reached.

        Args:
            page: From 1.
            page_size: At most 50.
            created: First and last day of registration, in Beijing.
        """
        body: dict[str, Any] = {**page_of("user.list", page, page_size)}
        if created:
            body["user_created_start"], body["user_created_end"] = (
                day.isoformat() for day in created
            )
        return self._list("user.list", body, User, rows_before=rows_before(page, page_size))

    def list_users_after(self, cursor: UserCursor | None, page_size: int = 50) -> Page[User]:
        """List users by cursor, newest registration first, user list 2.0.0; no depth limit.

        Args:
            cursor: ``es_skip`` of the last row of the page before; None for the first page. The
                list ends with an empty page.
            page_size: At most 50.
        """
        api = "user.list.cursor"
        body: dict[str, Any] = {"page_size": page_of(api, 1, page_size)["page_size"]}
        if cursor:
            body["es_skip"] = cursor.model_dump()
        before = None if cursor else 0
        place = f"es_skip {cursor.id}" if cursor else ""
        return self._list(api, body, User, rows_before=before, place=place)

    def users_by_id(
        self, ids: Sequence[str], unread: list[UnreadableRow] | None = None
    ) -> list[User]:
        """Return those of at most 50 users that exist, in no promised order; ``pay_sum`` in 元.

        Rows that cannot be read go to `unread`.
        """
        api = "user.by_id"
        if not ids:
            return []
        body = {"user_id_list": list(ids), **page_of(api, 1, max(len(ids), 1))}
        page = self._list(api, body, User, of_one=True)
        if unread is not None:
            unread.extend(page.unreadable)
        return page.rows

    def user_info(self, user_id: str) -> UserInfo:
        """Return what the shop knows about one user.

        Raises:
            NotFound: There is no such user.
        """
        api = "user.info"
        # Mixed placement: the id at the top level, the wanted fields under `data` (xiaoe §4.4).
        body = {"user_id": user_id, "data": {"field_list": list(_INFO_FIELDS)}}
        return read_one(api, self._caller.call(api, body), UserInfo)
