"""Which accounts of the shop went into which, and whose customer an order therefore is.

The pair comes with the pushed message `account_merge` alone (xiaoe.md §9.2), so it is kept in the
worksheet `merged_accounts`. A pair counts once HAP holds the target's customer: until then what is
the old account's stays with the old row, so that nothing is ever without a customer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from connectors.mingdao.client import MingdaoClient
from connectors.xiaoe.models import Order
from include.destination.read.lookup import look_up, matching_rows
from include.destination.read.typed_cells import moment_in
from include.destination.sheets.sheet import Sheet

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Merge:
    """One account went into another at a moment."""

    source: str
    target: str
    at: datetime


@dataclass(frozen=True)
class MergedAccounts:
    """The pairs that count, by the account that is gone; `row_ids` of the targets' customers."""

    pairs: Mapping[str, Merge] = field(default_factory=dict)
    row_ids: Mapping[str, str] = field(default_factory=dict)

    def account_of(self, user_id: str) -> str:
        """Return the account that an account is now, along a chain of merges.

        Where they go round in a circle, the oldest one has been undone by a later one: who went
        first is the one that is left.
        """
        way: list[Merge] = []
        while (merge := self.pairs.get(user_id)) and merge not in way:
            way.append(merge)
            user_id = merge.target
        if merge:
            return min(way[way.index(merge) :], key=lambda one: one.at).source
        return user_id

    def is_gone(self, user_id: str) -> bool:
        """Tell whether an account has gone into another one."""
        return self.account_of(user_id) != user_id

    def customers_of(self, user_ids: Iterable[str]) -> dict[str, str]:
        """Return the row ids of the customers that the gone ones of these accounts are now."""
        gone = {name: self.account_of(name) for name in user_ids if self.is_gone(name)}
        return {name: self.row_ids[left] for name, left in gone.items() if left in self.row_ids}

    def of_order(self, order: Order) -> Order:
        """Return the order as the remaining account's."""
        info = order.order_info
        if not info.user_id or not self.is_gone(info.user_id):
            return order
        moved = info.model_copy(update={"user_id": self.account_of(info.user_id)})
        return order.model_copy(update={"order_info": moved})


def accounts_of_person(pairs: Mapping[str, Merge], user_id: str) -> list[str]:
    """Return an account and all that it is connected with by merges, whether they count or not."""
    accounts = [user_id]
    for known in accounts:
        ends = [{merge.source, merge.target} for merge in pairs.values()]
        accounts += sorted(set().union(*(end for end in ends if known in end)) - set(accounts))
    return accounts


def read_pairs(client: MingdaoClient, merges: Sheet) -> dict[str, Merge]:
    """Return every pair that HAP holds, a thousand rows a call; also those that a person added."""
    pairs: dict[str, Merge] = {}
    for row in matching_rows(client, merges, None):
        source, target = merges.key_of(row), merges.read(row, "target_user_id")
        if not source or not isinstance(target, str) or target.strip() in ("", source):
            continue
        merge = Merge(source, target.strip(), moment_in(merges, row, "merged_at") or _LONG_AGO)
        known = pairs.get(source)
        if known is None or merge.at >= known.at:
            pairs[source] = merge
    return pairs


def read_merged_accounts(client: MingdaoClient, merges: Sheet, customers: Sheet) -> MergedAccounts:
    """Return the pairs that count: those that lead to an account whose customer is in HAP."""
    pairs = read_pairs(client, merges)
    found = look_up(client, customers, {merge.target for merge in pairs.values()}).rows
    return MergedAccounts(_counting(pairs, found), {name: row.id for name, row in found.items()})


def _counting(pairs: Mapping[str, Merge], held: Collection[str]) -> dict[str, Merge]:
    """Return each pair with the next account along the chain that HAP holds, where there is one.

    An account in the middle of a chain may have gone before HAP ever met it.
    """
    counting = {}
    for name, merge in pairs.items():
        target, met = merge.target, {name}
        while target not in held and target in pairs and target not in met:
            met.add(target)
            target = pairs[target].target
        if target in held and target != name:
            counting[name] = replace(merge, target=target)
    return counting
