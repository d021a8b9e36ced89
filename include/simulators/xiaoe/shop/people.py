"""What can happen to users and their form answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from include.simulators.clock import format_time
from include.simulators.xiaoe.shop.records import Fact, Form, FormAnswer, User
from include.simulators.xiaoe.shop.state import ShopState


class People(ShopState):
    """Registrations, changes, merges, forms."""

    def register_user(
        self,
        nickname: str,
        *,
        at: datetime | None = None,
        user_id: str | None = None,
        **facts: Fact,
    ) -> User:
        """Add a user; `facts` are further fields of `User`."""
        with self.lock:
            moment = self.moment(at)
            user = User(
                user_id=user_id or f"u_{self.hex(13)}_{self.alphanumeric(10)}",
                number=self.number("user", 90_000_001),
                nickname=nickname,
                registered_at=moment,
                **facts,
            )
            self.users[user.user_id] = user
            if user.listed:
                self.users_by_time.add(moment, user.number, user.user_id)
            self.tell("user_register", user_id=user.user_id, nickname=nickname)
            return user

    def change_user(self, user_id: str, **facts: Fact) -> User:
        """Change a user's facts. The vendor keeps no update time for users (xiaoe §4.1)."""
        with self.lock:
            user = replace(self.users[user_id], **facts)
            self.users[user_id] = user
            if "bind_phone" in facts:
                self.tell(
                    "user_phone_change",
                    user_id=user_id,
                    phone=user.bind_phone,
                    update_at=format_time(self.moment(None)),
                )
            return user

    def merge_users(self, old_id: str, new_id: str, *, at: datetime | None = None) -> None:
        """Merge one account into another: `old_id` disappears from every list (xiaoe §9.2).

        `rules.merged_orders` decides about its orders: `kept` under the old id, `moved` to the new
        one with a new update time, or `moved_silently` without.
        """
        with self.lock:
            old = self.users.pop(old_id)
            if old.listed:
                self.users_by_time.remove(old.registered_at, old.number)
            self.aliases[old_id] = new_id
            self._move_belongings(old_id, new_id)
            if self.rules.merged_orders != "kept":
                self._move_orders(old_id, new_id, self.moment(at))
            self.tell(
                "account_merge",
                source_user_id=old_id,
                target_user_id=new_id,
                merged_at=format_time(self.moment(at)),
            )

    def add_form(
        self,
        name: str,
        questions: Sequence[str],
        *,
        at: datetime | None = None,
        repeatable: bool = False,
    ) -> Form:
        """Add a form with its question titles."""
        with self.lock:
            form = Form(
                f"in_{self.hex(13)}_{self.hex(8)}",
                name,
                tuple(questions),
                self.moment(at),
                repeatable,
            )
            self.forms[form.form_id] = form
            return form

    def answer_form(
        self,
        form_id: str,
        user_id: str,
        answers: dict[str, str],
        *,
        goods_id: str = "",
        at: datetime | None = None,
    ) -> FormAnswer:
        """Fill in a form. Where it is not repeatable, an earlier record of the user is changed."""
        with self.lock:
            form = self.forms[form_id]
            earlier = None if form.repeatable else self._earlier(form_id, user_id)
            goods = self.goods.get(goods_id)
            record = FormAnswer(
                number=earlier.number if earlier else self.number("answer", 77_001),
                form_id=form_id,
                form_name=form.name,
                user_id=user_id,
                collected_at=self.moment(at),
                answers=tuple(answers.items()),
                goods_id=goods_id,
                goods_name=goods.name if goods else "",
            )
            self.answers[record.number] = record
            if earlier is None:
                self.answers_of_user[user_id].append(record.number)
                self.answers_of_form[form_id].append(record.number)
            action = "update" if earlier else "add"
            self.tell("info_collect", action=action, form_id=form_id, user_id=user_id)
            return record

    def _earlier(self, form_id: str, user_id: str) -> FormAnswer | None:
        records = (self.answers[number] for number in self.answers_of_user[user_id])
        return next((record for record in records if record.form_id == form_id), None)

    def _move_belongings(self, old_id: str, new_id: str) -> None:
        for number in self.answers_of_user.pop(old_id, []):
            self.answers[number] = replace(self.answers[number], user_id=new_id)
            self.answers_of_user[new_id].append(number)
        for number in self.purchases_of_user.pop(old_id, []):
            self.purchases[number] = replace(self.purchases[number], user_id=new_id)
            self.purchases_of_user[new_id].append(number)

    def _move_orders(self, old_id: str, new_id: str, at: datetime) -> None:
        silent = self.rules.merged_orders == "moved_silently"
        for order in self.orders.orders_of_user(old_id):
            updated_at = order.updated_at if silent else at
            self.orders.put(replace(order, user_id=new_id, updated_at=updated_at), at)
