from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.mapping.phones import Phone, read_phone


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("13800138000", "13800138000"),
        ("+8613800138000", "13800138000"),
        ("+86-13800138000", "13800138000"),
        ("+86 138-0013-8000", "13800138000"),
        ("008613800138000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("010-62345678", "010-62345678"),
        ("(0755)8888 1234", "0755-88881234"),
        ("+1 650 253 0000", "+16502530000"),
        ("00852 2345 6789", "+85223456789"),
        ("13800138000（微信同号）", "13800138000"),
        ("张三 13800138000", "13800138000"),
        ("13800138000/13900138000", "13800138000"),
        ("138_0013_8000", "13800138000"),
        ("+86+8613800138000", "13800138000"),
        ("=13800138000", "13800138000"),
        ("\u206813800138000\u2069", "13800138000"),
    ],
)
def test_a_phone_is_stored_in_one_form_however_it_was_typed(typed, stored):
    assert read_phone(typed) == Phone(stored)


@pytest.mark.parametrize(
    "between",
    [
        *("；", ";", "，", ",", "、", "/", "\\", "|", "&", "~", "#", "x", "*", "-", "--", ".", "…"),
        *(" ", "\n", "\t", "+", ":", "=", "→", "(", " ext ", "转", "或", "或者", "和", " and "),
    ],
)
def test_two_phones_never_become_one(between):
    assert read_phone(f"13800138000{between}13900139000") == Phone("13800138000")


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("13800138000 x123", "13800138000"),
        ("13800138000转801", "13800138000"),
        ("010-62345678、手机号13800138000", "13800138000"),
        ("138****8000/13900139000", "13900139000"),
        ("+4930123456/789012", "+4930123456"),
        ("+49 30/123456", "+4930123456"),
        ("138/0013/8000", "13800138000"),
    ],
)
def test_extensions_and_further_numbers_are_not_part_of_a_phone(typed, stored):
    assert read_phone(typed) == Phone(stored)


@pytest.mark.parametrize("typed", ["010-62345678x801", "+4930123456 789012", "13800138000" * 2])
def test_what_may_be_one_number_or_two_is_kept_as_typed(typed):
    assert read_phone(typed) == Phone(typed, certain=False)


@pytest.mark.parametrize(
    "unseen",
    [
        *("\u200d", "\u200c", "\ufe0d", "\ufe0f", "\u3164", "\u115f", "\uffa0", "\u034f", "\u2800"),
        *("\u00ad", "\u180e", "\u202c", "\u2064", "\ufeff", "\U000e0020", "\U000e0101", "\x00"),
    ],
)
def test_what_nobody_sees_does_not_spoil_a_phone(unseen):
    assert read_phone(f"{unseen}138{unseen}00138000{unseen}") == Phone("13800138000")


@pytest.mark.parametrize(
    "typed", ["1" * 5_000_000, "13800138000;" * 100_000, "(" * 100_000 + "1" * 9]
)
def test_an_endless_phone_is_read_at_once(typed):
    began = time.process_time()
    read_phone(typed)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(
    "typed",
    [
        *("138****8000", "138＊＊＊＊8000", "138xxxx8000", "138XXXX8000", "138 **** 8000"),
        *("138-****-8000", "138....8000", "138…8000", "1380013****"),
        *("12345", "1380013800", "021-6234 5678转801", "wx_13800"),
    ],
)
def test_a_masked_or_odd_phone_is_kept_as_typed_and_not_certain(typed):
    phone = read_phone(typed)
    assert phone is not None
    assert not phone.certain


@pytest.mark.parametrize("typed", [None, "", "  ", "无", "保密", "下午3点", "1234", "wx_abc12"])
def test_what_has_hardly_a_digit_is_no_phone(typed):
    assert read_phone(typed) is None


def test_a_plain_mobile_number_is_what_it_is_with_blanks_in_it():
    for prefix in range(1000, 2000):
        for rest in ("0000000", "5012345"):
            number = f"{prefix}{rest}"
            spaced = f"{number[:3]} {number[3:7]} {number[7:]}"
            if read_phone(spaced) == Phone(number):
                assert read_phone(number) == Phone(number)
            else:
                assert read_phone(number) != Phone(number)


@given(st.text(max_size=40))
def test_reading_a_stored_phone_again_changes_nothing(typed):
    phone = read_phone(typed)
    if phone is not None:
        assert read_phone(phone.text) == phone
