"""People whose names are found nowhere else, their shop, and the forms a text may be written in."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from urllib.parse import quote, quote_plus

from include.simulators.clock import VirtualClock
from include.simulators.xiaoe.shop import Shop
from tests.crash.scene import BANNED as REFUSED
from tests.crash.scene import NOON

PEOPLE = [
    # nickname, name, phone, company, job, e-mail
    (
        "金丝雀甲🐤",
        "欧阳黄雀",
        "13870001001",
        "黄雀无名公司",
        "首席饲养官",
        "huangque@canary.example",
    ),
    ("金丝雀乙", "司马丝雀", "13870001002", "丝雀无名公司", "次席饲养官", "sique@canary.example"),
    ("金丝雀丙", "诸葛雀丙", "13870001003", "雀丙无名公司", "末席饲养官", "quebing@canary.example"),
]


def canary_shop() -> Shop:
    """A shop of three buyers who fill in a form; one order is refused by a rule of the app."""
    shop = Shop(clock=VirtualClock(NOON, frozen=True), seed=7)
    opened = NOON - timedelta(days=30)
    goods = [shop.add_goods(name, 3, 9900, line_price=0, at=opened) for name in ("课", REFUSED)]
    form = shop.add_form("登记表", ("姓名", "手机号", "公司", "职位"), at=opened)
    for number, (nickname, name, phone, company, job, email) in enumerate(PEOPLE):
        at = NOON - timedelta(hours=3, minutes=number)
        user = shop.register_user(
            nickname, at=at, bind_phone=phone, name=name, email=email, wx_union_id=f"oCANARY{phone}"
        )
        typed = {"姓名": name, "手机号": f"+86 {phone}", "公司": company, "职位": job}
        shop.answer_form(form.form_id, user.user_id, typed, at=at)
        order = shop.place_order(user.user_id, goods[number % 2].goods_id, at=at)
        shop.pay(order.order_id, at=at + timedelta(seconds=9))
        shop.change_order(order.order_id, at=at + timedelta(minutes=1), share_nickname=nickname)
    return shop


def written(canary: str) -> set[bytes]:
    """Return the forms in which a text may be found: raw, quoted, escaped, in base64 anywhere."""
    raw = canary.encode()
    forms = {raw, quote(canary).encode(), quote_plus(canary).encode(), repr(raw)[2:-1].encode()}
    forms |= {json.dumps(canary)[1:-1].encode(), canary.encode("utf-16-le")}
    for shift in range(3):
        for coded in (base64.b64encode, base64.urlsafe_b64encode):
            whole = coded(b"\0" * shift + raw).decode().rstrip("=")
            forms.add(whole[(4 if shift else 0) : len(whole) - 1].encode())
    return forms
