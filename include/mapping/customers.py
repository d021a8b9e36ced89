"""From a Xiaoe user, the order's buyer and the answered forms to a row of `customers`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from connectors.xiaoe.models import Answer, BuyerInfo, User, UserInfo
from include.destination.sheets.record import Record, Value
from include.mapping.answers import answered_facts
from include.mapping.money import yuan
from include.mapping.phones import Phone, read_phone
from include.mapping.segments import OTHERS, segment_of
from include.mapping.text import clean_fact, clean_name, clean_text

# What forms ask for, and what is worked out from it.
_TYPED = frozenset({"name", "phone", "company", "job_title", "segment", "email"})
_DETAILED = ("name", "company", "job_title", "email")  # and the phone, which the list tells as well


def customer_record(
    shop: str,
    user_id: str,
    *,
    user: User | None = None,
    info: UserInfo | None = None,
    buyer: BuyerInfo | None = None,
    answers: Iterable[Answer] | None = None,
    total_paid: Decimal | None = None,
) -> Record:
    """Return what the source says of one customer.

    `user` is the row of the user list; an order whose user is missing there still gives a customer,
    from what the order tells. `answers` are all of the user's, None where the forms were not read:
    they go before whatever else is known, so that nothing of that may replace what the forms once
    filled; the phone that the shop has verified is kept beside the typed one. `total_paid` is the
    user's `pay_sum` in 元 (its unit depends on the endpoint, contracts: xiaoe §10.1).
    """
    typed = newest_answers(answers or ())
    phone = _phone(
        typed.get("phone"),
        user.bind_phone if user else None,
        user.collect_phone if user else None,
        info.phone if info else None,
        info.phone_collect if info else None,
        buyer.phone_number if buyer else None,
    )
    job_title = _first(typed.get("job_title"), info.job if info else None)
    values: dict[str, Value] = {
        "user_id": user_id,
        "shop": shop,
        "name": _first(typed.get("name"), info.name if info else None),
        "phone": phone.text if phone else None,
        "company": _first(typed.get("company"), info.company if info else None),
        "job_title": job_title,
        "segment": segment_of(job_title) or OTHERS,
        "email": _first(typed.get("email"), info.wx_email if info else None),
        **_listed(user, buyer, info),
    }
    if total_paid is not None:
        values["total_paid"] = yuan(total_paid)
    fill_blank_only = {"phone"} if phone and not phone.certain else set()
    if _is_masked(user):
        fill_blank_only.add("bound_phone")  # improves no full one
    if job_title is None:
        fill_blank_only.add(
            "segment"
        )  # everybody has one; a title, known to HAP or later to us, goes before
    if user is None and info is None:
        fill_blank_only.add(
            "nickname"
        )  # a form's or an order's copy, while the list may know a newer one
    if answers is None:
        fill_blank_only |= _TYPED
    return Record(user_id, values, fill_blank_only=frozenset(fill_blank_only))


def detail_can_add(user: User | None, answers: Iterable[Answer]) -> bool:
    """Tell whether the user's detail may tell a field that user list and forms leave open."""
    typed = newest_answers(answers)
    if user is None or not all(typed.get(field) for field in _DETAILED):
        return True
    phone = _phone(typed.get("phone"), user.bind_phone, user.collect_phone)
    return phone is None or not phone.certain


def newest_answers(answers: Iterable[Answer]) -> Mapping[str, str]:
    """Return the customer fields that the forms answer; the newest record wins for each field.

    A phone that is masked, or no valid number, replaces none that is.
    """
    found: dict[str, str] = {}
    for answer in sorted(answers, key=_age):
        for field, typed in answered_facts(answer.extra).items():
            if field not in found or field != "phone" or _is_certain(typed):
                found[field] = typed
    return found


def _is_certain(typed: str) -> bool:
    phone = read_phone(typed)
    return phone is not None and phone.certain


def _age(answer: Answer) -> tuple[float, str]:
    return (answer.collect_time.timestamp() if answer.collect_time else 0.0, answer.id)


def _is_masked(user: User | None) -> bool:
    bound = read_phone(user.bind_phone) if user else None
    return bound is not None and not bound.certain


def _listed(user: User | None, buyer: BuyerInfo | None, info: UserInfo | None) -> dict[str, Value]:
    """Return the owned fields; those of a user who is not in the list are left out, not blanked."""
    nickname = clean_text(user.user_nickname if user else None) or clean_text(
        (buyer.nickname if buyer else None) or (info.nickname if info else None)
    )
    if user is None:
        return {"nickname": nickname} if nickname else {}
    bound = read_phone(user.bind_phone)
    return {
        "nickname": nickname,
        "bound_phone": bound.text if bound else None,
        "channel": clean_name(user.from_),
        "wx_union_id": clean_text(user.wx_union_id),
        "registered_at": user.user_created_at,
        "purchase_count": None if user.punch_count is None else Decimal(user.punch_count),
    }


def _first(*candidates: str | None) -> str | None:
    """Return the first candidate that says something."""
    return next((fact for candidate in candidates if (fact := clean_fact(candidate))), None)


def _phone(*candidates: str | None) -> Phone | None:
    """Return the first certain phone; a masked or odd one only where no certain one is known."""
    phones = [phone for candidate in candidates if (phone := read_phone(candidate))]
    return next((phone for phone in phones if phone.certain), phones[0] if phones else None)
