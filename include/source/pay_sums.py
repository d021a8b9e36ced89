"""What a user has paid in all, in 元, whatever the unit of the list.

The unit of `pay_sum` in user list 2.0.0 is not determined: one transcription says 分, its siblings
say 元 (contracts: xiaoe §4.2, §10.1). Users by id tells 元 for certain, so a few payers are asked
there once and the two are compared.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from decimal import Decimal

from connectors.errors import Bilingual, RejectedError
from connectors.xiaoe.client import XiaoeClient
from connectors.xiaoe.models import User

log = logging.getLogger(__name__)

_WITNESSES = 20


def unknown_unit() -> RejectedError:
    """Return why a sum of user list 2.0.0 is left open that is neither 元 nor 分."""
    return RejectedError(
        "user.by_id",
        Bilingual(
            "用户列表 2.0 的消费金额(pay_sum)单位不明：与按用户ID查到的金额既不相等也不差 100 倍",
            "the unit of pay_sum in user list 2.0 is unclear: the sum by id is another one",
        ),
        Bilingual(
            "累计消费暂时留空，会自动按用户ID重新查询；一直不关闭时，用用户ID在小鹅通店铺管理台「用户」里核对消费金额",
            "it is left open and asked for by id again; check the user's sum in the shop's console",
        ),
    )


class PaySums:
    """Turns the sums of user list 2.0.0 into 元."""

    def __init__(self, client: XiaoeClient) -> None:
        self.client = client
        self.per_yuan: int | None = None  # 1 or 100; None until a payer has shown it

    def in_yuan(self, users: Sequence[User]) -> dict[str, Decimal]:
        """Return each user's sum; a user whose sum is not known for certain is left out."""
        if self.per_yuan is None:
            self.per_yuan = self._unit([user for user in users if user.pay_sum][:_WITNESSES])
        per_yuan = self.per_yuan
        return {
            user.user_id: user.pay_sum / (per_yuan or 1)
            for user in users
            if user.pay_sum is not None and (per_yuan or not user.pay_sum)
        }

    def _unit(self, payers: Sequence[User]) -> int | None:
        if not payers:
            return None
        certain = {
            user.user_id: user.pay_sum
            for user in self.client.users_by_id([user.user_id for user in payers])
        }
        votes = list(_votes(payers, certain))
        if not votes:
            return None
        unit = max(set(votes), key=votes.count)
        log.info(
            "用户列表 2.0 的 pay_sum 单位是%s / its unit", "分 fen" if unit == 100 else "元 yuan"
        )
        return unit


def _votes(payers: Iterable[User], certain: dict[str, Decimal | None]) -> Iterable[int]:
    for user in payers:
        reported = certain.get(user.user_id)
        # undetermined: xiaoe.md §13.10: is `pay_sum` of user list 2.0.0 in 元 or in 分?
        for unit in (1, 100):
            if reported and user.pay_sum == reported * unit:
                yield unit
