"""A preview of every flow foretells what the run then does to a shop that stands still."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import pytest

from include.destination.write.outcome import Outcome
from include.flows.customers.audiences import refresh_audiences
from include.flows.customers.base_data import sync_all_customers
from include.flows.customers.erase import erase_customer
from include.flows.goods import sync_all_goods, sync_goods_of
from include.flows.orders.finish import finish_orders
from include.flows.orders.list import list_orders
from include.flows.orders.sync import sync_batch
from include.flows.run.context import SyncContext
from include.flows.run.failed_batch import BatchFailedError
from include.flows.run.window import RunWindow
from tests.crash.scene import SINCE, UNTIL, first_day, people_at_work, refuse_banned, second_day
from tests.pipeline.nights import night
from tests.pipeline.world import open_world

WRITTEN = ("create", "patch", "stale")


@dataclass(frozen=True)
class CountingShop(SyncContext):
    """Counts what its upserts plan or do, by worksheet and action."""

    counted: Counter = field(default_factory=Counter, compare=False)

    def upsert(self, definition, records, **options) -> Outcome:
        outcome = super().upsert(definition, records, **options)
        for action in WRITTEN:
            self.counted[definition.alias, action] += outcome.counts()[action]
        return outcome


def base_data(world, **changes) -> None:
    sync_all_goods(world.context(**changes))
    sync_all_customers(world.context(**changes))


def orders(world, **changes) -> None:
    """Every task opens a shop of its own, as in the DAG."""
    window = RunWindow(SINCE, UNTIL, moves_watermark=False)
    batches = list_orders(world.context(**changes), window)
    sync_goods_of(world.context(**changes), batches)
    told = []
    for batch in batches:
        try:
            told.append(sync_batch(world.context(**changes), batch))
        except BatchFailedError:
            continue
    if not changes.get("preview"):
        finish_orders(world.context(**changes), window, batches, told)


def reconcile(world, **changes) -> None:
    night(world, **changes)


def audiences(world, **changes) -> None:
    refresh_audiences(world.context(**changes))


def erase(world, **changes) -> None:
    erase_customer(world.context(**changes), next(iter(world.source.users)))


FLOWS = {
    "base data first": (base_data, orders, reconcile, audiences, erase),
    "orders first": (orders, base_data, reconcile, audiences, erase),
}


@pytest.fixture
def scene():
    return first_day()


@pytest.fixture
def world(scene, tmp_path):
    with open_world(scene.shop, tmp_path / "tokens") as opened:
        opened.set_up()
        yield opened


def counts(world, flow, *, preview: bool) -> Counter:
    counted: Counter = Counter()
    flow(replace(world, context_type=CountingShop), counted=counted, preview=preview)
    return +counted


@pytest.mark.parametrize("flows", FLOWS.values(), ids=FLOWS.keys())
def test_a_preview_counts_what_the_run_then_writes_and_writes_nothing(scene, world, flows):
    told = Counter()
    for day in (1, 2):
        for flow in flows:
            seen = world.hap_journal.entries()[-1].sequence
            foretold = counts(world, flow, preview=True)
            assert not [entry for entry in world.hap_journal.entries(after=seen) if entry.effect]
            assert foretold == counts(world, flow, preview=False), (day, flow.__name__)
            told += foretold
        if day == 1:
            refuse_banned(world.store)
            second_day(scene)
            people_at_work(scene, world.store)
    assert {action for _, action in told} >= {"create", "patch"}
