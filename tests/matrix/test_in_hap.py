"""Every field of every model × every odd value, in one record among ten, as it ends in HAP.

Base data and orders run with the real clients. The nine others are right in HAP; of the odd one
only those cells differ that the odd field tells, or it is recorded in `sync_errors`; the run ends.
Records of several interfaces are odd in one run, each another one, so that it stays clear what is
whose.
"""

from __future__ import annotations

import os
import random
import re
import resource
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.xiaoe import models
from connectors.xiaoe.models.order_details import OrderDetail
from include.simulators.hap import snapshot
from include.simulators.hap.plain import plain_rows
from include.simulators.xiaoe.settings import XiaoeSettings
from tests.in_process import mount
from tests.matrix.cells import cells_of
from tests.matrix.odd_answers import OddAnswers, Plant
from tests.matrix.odd_values import ODD
from tests.matrix.ten import NOW, Ten, shop_of_ten
from tests.matrix.test_reading import fields_of
from tests.pipeline import oracle
from tests.pipeline.world import World, open_world

MODELS = {
    "order.list": models.Order,
    "order.detail": OrderDetail,
    "purchase": models.Purchase,
    "user.list.cursor": models.User,
    "user.by_id": models.User,
    "user.info": models.UserInfo,
    "goods.list": models.Goods,
    "goods.detail": models.GoodsDetail,
    "goods.relation": models.ColumnItem,
    "information.form.result": models.Answer,
    "information.form": models.Form,
}
NOT_SENT = {("raw",), ("unreadable",), ("order_info", "unreadable")}
INSIDE = {"information.form.result": [("extra", "title"), ("extra", "value")]}
ROUNDS = 40
SECONDS = 6  # of a round; an ordinary one takes less than one
MEGABYTES = 1500  # texts of 5 MB, held by several layers at once
_CELL = re.compile(r"\.(\w+)(?:: | are | is )")


@dataclass(frozen=True)
class Place:
    """The record that is odd, and the beginnings of the differences that concern it alone."""

    record: str
    concerns: tuple[str, ...]


def places(ten: Ten) -> Mapping[str, list[Place]]:
    """Return the odd records of each interface: the n-th order, user, good, answer is nobody's."""

    def of_user(n: int) -> tuple[str, ...]:
        order, answer = ten.orders[n], ten.answers[n]
        return (
            f"customers:{ten.users[n]}",
            f"{order}.customer",
            f"collected_info:{answer}.customer",
        )

    def of_answer(n: int) -> tuple[str, ...]:
        return (f"collected_info:{ten.answers[n]}", f"customers:{ten.users[n]}")

    orders = ten.orders
    column = f"columns:{ten.goods[8]}.goods"
    good = (f"goods:{ten.goods[5]}", f"{orders[5]}.goods", f"{orders[5]}.columns")
    return {
        "order.list": [Place(orders[n], (orders[n], *of_user(n))) for n in (0, 6, 9)],
        "order.detail": [Place(orders[1], (orders[1],))],
        "purchase": [Place(ten.users[2], (orders[2],))],
        "user.list.cursor": [Place(ten.users[3], of_user(3))],
        "user.by_id": [Place(ten.users[4], of_user(4))],
        "user.info": [Place(ten.users[5], of_user(5))],
        "goods.list": [Place(ten.goods[5], good)],
        "goods.detail": [Place(ten.goods[7], (f"goods:{ten.goods[7]}",))],
        "goods.relation": [Place(ten.goods[0], (column,))],
        "information.form.result": [Place(ten.answers[n], of_answer(n)) for n in (7, 8)],
        "information.form": [Place(ten.forms[1], of_answer(9))],
    }


@dataclass
class Matrix:
    """All combinations of one interface in a drawn order; first of all each field once."""

    api: str
    every: list[tuple[tuple[str, ...], str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        paths = [path for path in fields_of(MODELS[self.api]) if path not in NOT_SENT]
        paths += INSIDE.get(self.api, [])
        drawn = [(path, odd) for path in paths for odd in ODD]
        random.Random(f"12 {self.api}").shuffle(drawn)
        fields = dict(reversed(drawn)).items()
        self.every = list(dict.fromkeys([*fields, *drawn]))


def rounds(ten: Ten, matrices: list[Matrix]) -> Iterator[dict[Plant, Place]]:
    """Yield what is planted in one run after another, until everything was."""
    left = {matrix.api: list(reversed(matrix.every)) for matrix in matrices}
    while any(left.values()):
        yield {
            Plant(api, place.record, *left[api].pop()): place
            for api, found in places(ten).items()
            for place in found
            if left[api]
        }


def faults_of(ten: Ten, world: World, plants: Mapping[Plant, Place], odd: OddAnswers) -> list[str]:
    """Return in words what is wrong in HAP beside what the odd values explain."""
    every = oracle.differences(ten.shop, world.store)
    found = [one for one in every if not one.endswith("is in HAP alone")]
    recorded = [str(row["record_id"]) for row in plain_rows(world.store, "sync_errors")]
    faults = [f"twice: {key}" for key in oracle.duplicates(world.store)]
    faults += [f"not planted: {plant}" for plant in plants if plant not in odd.shown]
    for plant, place in plants.items():
        mine = [one for one in found if one.startswith(place.concerns)]
        found = [one for one in found if one not in mine]
        if any(plant.record in name or name.startswith(f"{plant.api}/") for name in recorded):
            continue
        may_change = cells_of(plant.api, plant.path)
        faults += [f"{plant}: {one[:200]}" for one in mine if not _explained(one, may_change)]
    return faults + [f"another record: {one[:200]}" for one in found]


def _explained(difference: str, cells: frozenset[str]) -> bool:
    cell = _CELL.search(difference)
    return (cell[1] if cell else "*") in cells


def play(ten: Ten, world: World, odd: OddAnswers, plants: Mapping[Plant, Place]) -> list[str]:
    """Load a new app and run base data and orders while the values are planted."""
    odd.plants, odd.shown = list(plants), set()
    begun = time.process_time()
    try:
        world.base_data()
        world.orders(NOW - timedelta(days=40), NOW + timedelta(seconds=1))
    except Exception as error:
        return [f"raised {type(error).__name__}: {error}"[:400]]
    spent = time.process_time() - begun
    slow = [f"took {spent:.1f} s"] if spent > SECONDS else []
    return slow + faults_of(ten, world, plants, odd)


def test_one_odd_field_costs_its_record_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ten, matrices = shop_of_ten(), [Matrix(api) for api in MODELS]
    settings = XiaoeSettings(rate_limits=False, list_expiry="dashes")
    faults: list[str] = []
    played: list[Plant] = []
    begun = time.process_time()
    with open_world(ten.shop, tmp_path, xiaoe=settings) as world:
        world.set_up()
        snapshot.save(world.store, tmp_path / "empty.json")
        odd = OddAnswers(world.apps[0])
        mount(odd, world.xiaoe_url)
        memory = _megabytes()
        for number, plants in enumerate(rounds(ten, matrices)):
            if number == ROUNDS and "MATRIX" not in os.environ:
                break
            snapshot.load(world.store, tmp_path / "empty.json")
            found = play(ten, world, odd, plants)
            faults += [*found, *(f"  with {plant}" for plant in plants if found)]
            played += plants
        grown = _megabytes() - memory
    spent = time.process_time() - begun
    every = sum(len(matrix.every) for matrix in matrices)
    with capsys.disabled():
        sys.stdout.write(
            f"{len(played)} of {every} combinations in HAP, {spent:.0f} s, {grown:.0f} MB\n"
        )
    assert not faults, "\n".join(faults[:60])
    assert grown < MEGABYTES
    assert {plant.odd for plant in played} == set(ODD)
    for matrix in matrices:
        paths = {path for path, _ in matrix.every}
        assert {plant.path for plant in played if plant.api == matrix.api} == paths


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
