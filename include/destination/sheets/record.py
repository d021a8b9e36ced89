"""One record on its way into a worksheet, in plain Python values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

# Text and option labels are str, numbers Decimal (money in 元), times aware, relations row ids.
Value = str | Decimal | datetime | tuple[str, ...] | None


@dataclass(frozen=True)
class Record:
    """What the source says of one row.

    A field that the source says nothing about is absent from `values`; a field that the source
    says is empty is None. Under the policy `fill` both leave the row alone.

    `updated_at` is the source's own update time; an older version never overwrites a newer one.
    `fill_blank_only` names the fields whose value may fill a blank but improve nothing, such as a
    masked phone number; an owned field that is weak is written at creation alone.
    `new_row_only` names those that were not asked for because HAP was believed not to hold the row:
    one that it holds after all keeps what it says. `whole` is False
    where something of the row could not be read this time: its fields are absent, and the row
    carries a mark in place of its fingerprint until a record that is whole completes it. A record
    of which that is not said leaves such a mark as it is.
    """

    key: str
    values: Mapping[str, Value]
    updated_at: datetime | None = None
    fill_blank_only: frozenset[str] = field(default_factory=frozenset)
    new_row_only: frozenset[str] = field(default_factory=frozenset)
    whole: bool | None = None
