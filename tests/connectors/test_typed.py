from __future__ import annotations

import pytest

from connectors.typed import typed


@pytest.mark.parametrize(
    "unseen",
    [
        *(" ", "\t", "\r\n", "\u00a0", "\u3000", "\u2028", "\x00", "\u200b", "\u200d", "\u2060"),
        *("\ufeff", "\u202c", "\u3164", "\u2800", "\ufe0f", "\u00ad"),
    ],
)
def test_what_surrounds_an_id_goes(unseen):
    assert typed(f"{unseen}o_1700000000_abc{unseen}") == "o_1700000000_abc"


def test_what_nobody_sees_goes_from_inside_and_blanks_stay():
    assert typed("2026-11-01\u200b 00:00\ufeff") == "2026-11-01 00:00"
    assert typed(None) == ""
