from __future__ import annotations

import time

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from include.mapping.text import CUT_MARK, LONGEST, clean_fact, clean_name, clean_text


def test_what_breaks_storage_goes_and_emoji_stay():
    assert clean_text("a\x00b\ud800c\u202ed 👩‍👩‍👧 ") == "abcd 👩‍👩‍👧"


def test_what_nobody_can_see_is_empty():
    for unseen in (
        *("\u200b", "\u200d", "\u2060 \u00ad", "\ufe0f", "\x85\x00", "\u3000\n"),
        *("\u3164", "\u115f\u1160", "\uffa0", "\u034f", "\u2800", "\U000e0020", "\u3164 \u200c"),
    ):
        assert clean_text(unseen) is None
        assert clean_name(unseen) is None
    assert clean_text("张\u200b三") == "张三"


def test_what_nobody_can_see_makes_no_second_name():
    for unseen in ("\u200d", "\u200c", "\ufe0d", "\u3164", "\u034f", "\u2800", "\U000e0101"):
        assert clean_name(f"{unseen}总{unseen}监{unseen}") == "总监"
        assert clean_fact(f"无{unseen}") is None
    assert clean_name("👩‍👩‍👧公司") == "👩‍👩‍👧公司"


@pytest.mark.parametrize("word", ["无", "N/A", "null", "undefined", "False"])
def test_a_word_for_nothing_is_no_fact(word):
    assert clean_fact(word) is None


def test_what_looks_like_a_formula_is_kept_as_text():
    assert clean_text("=1+1") == "=1+1"
    assert clean_text("+86 138") == "+86 138"


def test_a_name_has_one_form_whatever_the_keyboard():
    assert clean_name("Ｔｏｍ　张\n三") == "Tom 张 三"


def test_a_long_text_is_cut_between_graphemes_and_says_so():
    cut = clean_text("👩‍👩‍👧" * LONGEST)
    assert cut is not None
    assert len(cut) <= LONGEST
    assert cut.endswith(CUT_MARK)
    graphemes = set(regex.findall(r"\X", cut.removesuffix(CUT_MARK)))
    assert graphemes == {"👩‍👩‍👧"}


def test_a_text_that_grows_in_compatibility_form_is_cut_after_it():
    grown = clean_name("ﷺ" * 2_000)
    assert grown is not None
    assert len(grown) <= LONGEST
    assert grown.endswith(CUT_MARK)


@pytest.mark.parametrize(
    "text", ["e" + "\u0301\u0323" * 60_000, "\u0300" * 120_001, "[" * 5_000_000]
)
@pytest.mark.parametrize("clean", [clean_text, clean_name])
def test_an_endless_text_is_cut_before_it_is_composed(clean, text):
    began = time.process_time()
    cut = clean(text)
    assert time.process_time() - began < 1
    assert cut is not None
    assert len(cut) <= LONGEST
    assert cut.endswith(CUT_MARK)


@given(st.text())
def test_cleaning_twice_changes_nothing(text):
    assert clean_text(clean_text(text)) == clean_text(text)
    assert clean_name(clean_name(text)) == clean_name(text)


@given(
    st.text(
        alphabet=st.sampled_from("a B1-@~ 张一龥\u9fff\n、。，：；？！（）《》【】“”‘’…—·"),
        max_size=20,
    )
)
def test_what_most_people_write_ends_the_same_with_and_without_a_character_that_nobody_sees(text):
    for clean in (clean_text, clean_name, clean_fact):
        assert clean(text) == clean(f"{text}\u200b")
