from __future__ import annotations

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
        ("12345", "12345"),
    ],
)
def test_a_phone_is_stored_in_one_form_however_it_was_typed(typed, stored):
    assert read_phone(typed) == Phone(stored)


@pytest.mark.parametrize("typed", ["138****8000", "138＊＊＊＊8000", "138xxxx8000", "138XXXX8000"])
def test_a_masked_phone_is_known_as_such(typed):
    phone = read_phone(typed)
    assert phone is not None
    assert phone.masked


@pytest.mark.parametrize("typed", [None, "", "  ", "无", "保密"])
def test_what_has_no_digits_is_no_phone(typed):
    assert read_phone(typed) is None


@given(st.text(max_size=40))
def test_reading_a_stored_phone_again_changes_nothing(typed):
    phone = read_phone(typed)
    if phone is not None:
        assert read_phone(phone.text) == phone
