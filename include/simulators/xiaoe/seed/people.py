"""The demo shop's people: what they are called, and how they fill in forms."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime

from include.simulators.xiaoe.seed import vocabulary as words
from include.simulators.xiaoe.shop import Shop
from include.simulators.xiaoe.shop.records import Form, User

_FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may become a user."""

    name: str
    nickname: str
    phone: str
    company: str
    job: str
    email: str
    province: str
    city: str
    gender: int


def make_person(rng: random.Random) -> Person:
    """Invent somebody."""
    two = rng.random() < 0.03
    surname = rng.choice(words.SURNAMES_TWO if two else words.SURNAMES)
    given = rng.choice(words.GIVEN)
    name = surname + given
    nickname = rng.choice(words.NICKNAMES).format(given=given, surname=surname, name=name)
    province, city = rng.choice(words.CITIES)
    number = rng.randrange(10_000)
    return Person(
        name=name,
        nickname=nickname,
        phone=f"{rng.choice(words.PHONE_PREFIXES)}0000{number:04d}",
        company=_company(rng, city),
        job=rng.choice(words.JOB_TITLES),
        email=f"user{number:04d}@example.{rng.choice(('com', 'org', 'net'))}",
        province=province,
        city=city,
        gender=rng.choice((0, 1, 1, 2, 2)),
    )


def register(shop: Shop, rng: random.Random, at: datetime) -> User:
    """Register somebody new. Few tell the shop more than a nickname at that point."""
    person = make_person(rng)
    tells = rng.random() < 0.25
    bound = rng.random() < 0.6
    return shop.register_user(
        person.nickname,
        at=at,
        bind_phone=person.phone if bound else "",
        channel=rng.choice(words.CHANNELS),
        avatar=f"https://example.invalid/a/{rng.randrange(10**6)}.png",
        wx_union_id=f"oDEMO{rng.getrandbits(64):016x}" if rng.random() < 0.8 else None,
        wx_open_id=f"oOPEN{rng.getrandbits(64):016x}",
        name=person.name if tells else "",
        company=person.company if tells and rng.random() < 0.7 else "",
        job=person.job if tells and rng.random() < 0.7 else "",
        email=person.email if tells and rng.random() < 0.4 else "",
        gender=person.gender,
        province=person.province,
        city=person.city,
        listed=rng.random() >= 0.02,
    )


def fill_in(
    shop: Shop, rng: random.Random, form: Form, user_id: str, goods_id: str, at: datetime
) -> None:
    """Let a user answer a form, as sloppily as people do; the shop then knows a phone number."""
    user = shop.users.get(user_id)
    if user is None:
        return
    person = make_person(rng)
    phone = user.bind_phone or person.phone
    answers = {
        question: _answer(rng, question, user.name or person.name, phone, user, person)
        for question in form.questions
    }
    shop.answer_form(form.form_id, user_id, answers, goods_id=goods_id, at=at)
    shop.change_user(user_id, collect_phone=phone)


def messy_phone(rng: random.Random, phone: str) -> str:
    """Write a phone number the way people type it into forms."""
    spaced = f"{phone[:3]} {phone[3:7]} {phone[7:]}"
    forms = (
        (60, phone),
        (10, spaced),
        (8, spaced.replace(" ", "-")),
        (7, f"+86{phone}"),
        (5, f"+86 {spaced}"),
        (3, f"0086{phone}"),
        (2, phone.translate(_FULL_WIDTH)),
        (2, f" {phone} "),
        (1, f"{phone}（微信同号）"),
        (1, "010-12345678"),
        (1, ""),
    )
    texts = [text for _, text in forms]
    return rng.choices(texts, [weight for weight, _ in forms])[0]


def _answer(
    rng: random.Random, question: str, name: str, phone: str, user: User, person: Person
) -> str:
    if question in {"姓名", "您的称呼"}:
        polite = question == "您的称呼" and rng.random() < 0.4
        return f"{name[0]}{rng.choice(('总', '老师', '女士'))}" if polite else name
    if question.startswith(("手机", "联系电话")):
        return messy_phone(rng, phone)
    if "公司" in question or question == "单位":
        return user.company or person.company
    if question in {"职位", "职务", "岗位"}:
        return user.job or person.job
    if question == "邮箱":
        return rng.choice((person.email, person.email, person.email.upper(), ""))
    return user.city if question == "所在城市" else rng.choice(words.CONCERNS)


def _company(rng: random.Random, city: str) -> str:
    if rng.random() < 0.1:
        return rng.choice(("个体", "无", "", "某事业单位"))
    word, trade = rng.choice(words.COMPANY_WORDS), rng.choice(words.COMPANY_TRADES)
    return f"{city}{word}{trade}{rng.choice(words.COMPANY_FORMS)}"
