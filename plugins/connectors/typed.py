"""What a person typed or pasted into a param, a variable or a connection: the one place that trims.

A stranger would take `str.strip` for enough. A copy from a page or a chat brings along zero-width
characters, byte order marks and fillers as well, which no field shows.
"""

from __future__ import annotations

import regex

# Fillers are letters to Unicode (U+3164), the blank of Braille is a symbol.
_UNSEEN = regex.compile(r"(?!\s)[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]")


def typed(value: object) -> str:
    """Return an id, date or field as it was meant: no blanks around it, nothing unseen in it."""
    return "" if value is None else _UNSEEN.sub("", str(value)).strip()
