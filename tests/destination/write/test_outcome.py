"""What became of rows is told in words."""

from __future__ import annotations

from collections import Counter

from include.destination.write.outcome import in_words


def test_counts_are_told_in_words_without_those_of_which_there_are_none():
    told = in_words(Counter(create=3, patch=0, unchanged=8, failed=1))
    assert told == "新建 3，未变 8，失败 1 / 3 created, 8 unchanged, 1 failed"


def test_no_row_at_all_is_told_as_well():
    assert in_words(Counter()) == "没有 / nothing"
