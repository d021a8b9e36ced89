"""Calls about forms and what people filled in (contracts: xiaoe §8)."""

from __future__ import annotations

from connectors.xiaoe.caller import page_of, rows_before
from connectors.xiaoe.calls.topic import Topic
from connectors.xiaoe.models import Answer, Form, Page


class InformationCalls(Topic):
    """Collected information: by user, by form, and the forms themselves."""

    def list_user_answers(self, user_id: str, page: int, page_size: int = 50) -> Page[Answer]:
        """List the forms that one user filled in; pages from 1, at most 50 rows each."""
        api = "information.user"
        body = {"user_id": user_id, **page_of(api, page, page_size)}
        before = rows_before(page, page_size)
        return self._list(
            api, body, Answer, rows_before=before, place=user_id, part=user_id, of_one=True
        )

    def list_form_answers(self, form_id: str, page: int, page_size: int = 50) -> Page[Answer]:
        """List what was filled into one form; pages from 1, at most 50 rows each."""
        api = "information.form.result"
        body = {"form_id": form_id, **page_of(api, page, page_size)}
        before = rows_before(page, page_size)
        return self._list(api, body, Answer, rows_before=before, place=form_id)

    def list_forms(self, page: int, page_size: int = 50) -> Page[Form]:
        """List the shop's forms; pages from 1, at most 50 rows each."""
        api = "information.form"
        body = page_of(api, page, page_size)
        return self._list(api, body, Form, rows_before=rows_before(page, page_size))
