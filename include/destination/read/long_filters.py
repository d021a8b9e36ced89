"""Finds out whether HAP heeds a filter of more keys than everybody sends.

Nothing tells how many conditions a filter may hold. A server that cut the rest off without a word
would show rows as absent that are there, and they would be created a second time. So a long filter
is sent where the answer is known: two rows that exist, one named first and one last, and between
them keys that nobody has. Just these two rows are the proof; with others among them the whole
filter was dropped.
"""

from __future__ import annotations

import logging

from connectors.errors import AuthenticationError, ConnectorError
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.filters import any_equal
from include.destination.read.lookup import every_matching_row
from include.destination.sheets.sheet import Sheet

log = logging.getLogger(__name__)

LONG = 500
_NOBODY = "no-such-key-{:04d}"


def heeds_long_filters(client: MingdaoClient, sheet: Sheet, first: str, last: str) -> bool:
    """Tell whether HAP heeds LONG keys in one filter; costs one call.

    `first` and `last` are keys of two rows of a worksheet that holds others beside them. False
    where one of them is missing, or HAP refuses: then nobody needs to know why. Raises
    AuthenticationError alone.
    """
    between = (_NOBODY.format(number) for number in range(LONG - 2))
    # undetermined: hap.md §7.2: how many conditions may a filter hold?
    condition = any_equal(sheet.definition.key, [first, *between, last])
    try:
        shown = [sheet.key_of(row) for row in every_matching_row(client, sheet, condition)]
    except AuthenticationError:
        raise
    except ConnectorError as error:
        log.info("明道云不接受 %d 个值的条件 / refuses a filter of so many values: %s", LONG, error)
        return False
    return sorted(shown) == sorted((first, last))
