"""A filter of more keys than everybody sends is used where HAP has shown that it heeds them all."""

from __future__ import annotations

import pytest

from connectors.http import network_faults
from connectors.mingdao.client import MingdaoClient
from connectors.mingdao.filters import KEYS_PER_FILTER
from connectors.mingdao.models import RowPage
from include.destination.read.long_filters import LONG, heeds_long_filters
from include.destination.read.lookup import look_up
from include.destination.sheets.record import Record


@pytest.fixture
def known(desk):
    """Three people, of whom the first and the last are asked for."""
    desk.upsert(*(Record(key, {}) for key in ("p1", "p2", "p3")))
    desk.journal.clear()
    return desk


def heeds(desk, first="p1", last="p3") -> bool:
    return heeds_long_filters(desk.client(), desk.sheet(), first, last)


def test_a_server_that_heeds_every_key_is_believed_after_one_call(known):
    assert heeds(known)
    assert known.journal.count("rows.list") == 1


@pytest.mark.parametrize("kind", ["cut", "dropped", "refused"])
@pytest.mark.parametrize("most", [LONG - 1, 100])
def test_a_server_that_heeds_fewer_is_found_out_whatever_it_does(known, kind, most):
    known.store.settings.too_many_conditions = kind
    known.store.settings.most_conditions = most
    assert not heeds(known)


def test_without_the_rows_that_would_prove_it_nothing_is_proven(known):
    assert not heeds(known, last="p4")
    assert not heeds(known, first="p0")


def test_look_ups_go_by_what_is_proven(known):
    client = known.client()
    client.keys_per_filter = LONG
    known.journal.clear()
    keys = [f"p{n}" for n in range(LONG + 1)]
    assert look_up(client, known.sheet(), keys).rows.keys() == {"p1", "p2", "p3"}
    assert known.journal.count("rows.list") == 2


class Slow(MingdaoClient):
    """Times out where many rows are looked for, as in a worksheet of a million."""

    def list_rows(self, ws, **options):
        if len(options["filter"]["children"]) > KEYS_PER_FILTER:
            raise network_faults.lost("hap.rows.list", "超时", "timed out", repeat_safe=True)
        return super().list_rows(ws, **options)


class Guarded(MingdaoClient):
    """Stands behind a firewall that answers long bodies by itself."""

    def list_rows(self, ws, **options):
        if len(options["filter"]["children"]) > KEYS_PER_FILTER:
            raise network_faults.of_status(403, "hap.rows.list", repeat_safe=True, wait=None)
        return super().list_rows(ws, **options)


@pytest.mark.parametrize("kind", ["dropped", "refused", Slow, Guarded])
def test_where_the_long_filter_fails_later_on_fewer_keys_are_asked_from_then_on(known, kind):
    client, sheet = known.client(), known.sheet()
    if isinstance(kind, type):
        client.__class__ = kind
    else:
        known.store.settings.too_many_conditions = kind
        known.store.settings.most_conditions = KEYS_PER_FILTER
    client.keys_per_filter = LONG
    keys = [f"p{n}" for n in range(2 * LONG)]
    with_others = [f"p0{n}" for n in range(LONG)]  # a dropped filter shows a row nobody asked for
    assert look_up(client, sheet, keys).rows.keys() == {"p1", "p2", "p3"}
    assert look_up(client, sheet, with_others).rows == {}
    assert client.keys_per_filter == KEYS_PER_FILTER


class Unreadable(MingdaoClient):
    """Shows one row as one that cannot be read, whatever it is asked with."""

    def list_rows(self, *args, **options):
        page = super().list_rows(*args, **options)
        known = [row for row in page.rows if row.cells["person_id"] != "p2"]
        return RowPage(known, page.total, page.unreadable + len(page.rows) - len(known))


def test_a_row_that_cannot_be_read_costs_its_own_key_alone_and_few_calls(known):
    client = known.client()
    client.__class__ = Unreadable
    client.keys_per_filter = LONG
    sheet = known.sheet()
    known.journal.clear()
    found = look_up(client, sheet, [f"p{n}" for n in range(LONG)], set_apart=True)
    assert (found.rows.keys(), found.unreadable) == ({"p1", "p3"}, {"p2"})
    assert known.journal.count("rows.list") < 40
