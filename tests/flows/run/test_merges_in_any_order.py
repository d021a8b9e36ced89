"""Merges of accounts, told once or twice and in any order, end as if each had been seen."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from include.flows.run.merged_accounts import Merge, MergedAccounts

NAMES = "abcde"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def happened(drawn: random.Random) -> tuple[list[Merge], dict[str, str]]:
    """Let accounts go into each other, also back again; return that and whose each is then."""
    owner = {name: name for name in NAMES}
    merges = []
    for day in range(drawn.randrange(1, 8)):
        source = drawn.choice([name for name in NAMES if owner[name] == name])
        left = [name for name in NAMES if name != source and owner[name] in (name, source)]
        if not left:
            continue
        target = drawn.choice(left)
        merges.append(Merge(source, target, BEGAN + timedelta(days=day)))
        owner |= {name: target for name in NAMES if owner[name] == source} | {target: target}
    return merges, owner


def told(merges: list[Merge], drawn: random.Random) -> dict[str, Merge]:
    """Return the pairs that are kept of these messages: the newest of each account that went."""
    messages = [*merges, *drawn.sample(merges, len(merges) // 2)]
    drawn.shuffle(messages)
    kept: dict[str, Merge] = {}
    for message in messages:
        if message.source not in kept or message.at >= kept[message.source].at:
            kept[message.source] = message
    return kept


@pytest.mark.parametrize("seed", range(5))
def test_every_account_is_whose_it_is_in_the_end(seed):
    drawn = random.Random(seed)
    for _ in range(200):
        merges, owner = happened(drawn)
        accounts = MergedAccounts(told(merges, drawn))
        assert {name: accounts.account_of(name) for name in NAMES} == owner, merges
