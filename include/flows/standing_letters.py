"""`sync_errors` for what only a person can decide: recorded once, closed when it is solved.

Unlike a record that failed, such a matter is not tried again by a run, so its attempts are not
counted on: a night that finds the same again writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connectors.errors import ConnectorError
from include.flows.dead_letters import Failure, close_letters, open_letters, record_failures
from include.flows.shop import Shop


def keep_letters(
    shop: Shop, entity: str, present: Mapping[str, ConnectorError], checked: Iterable[str]
) -> None:
    """Record what is present and not yet told; close those of `checked` that are solved."""
    known = open_letters(shop, entity).keys()
    record_failures(
        shop,
        [
            Failure(entity, name, error.api, error)
            for name, error in present.items()
            if name not in known
        ],
    )
    solved = (set(checked) & known) - present.keys()
    if solved:
        close_letters(shop, entity, solved)
