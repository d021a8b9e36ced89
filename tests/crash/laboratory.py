"""Interrupts runs of the pipeline and looks at what is left, from saved states of the app."""

from __future__ import annotations

import copy
import multiprocessing
import shutil
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from include.destination.sheets.worksheets import WORKSHEETS
from include.destination.write.upsert import Upsert, Writer
from include.flows.run import error_rows
from include.flows.run.context import SyncContext
from include.simulators.faults import FaultRule
from include.simulators.hap import snapshot
from include.simulators.hap.deferred import Deferred
from include.simulators.hap.plain import plain_rows
from include.simulators.hap.settings import HapSettings
from tests.crash.child import STEPS, Death, Job, Kill, run_steps, work
from tests.crash.paced import MeetingPoint, paced
from tests.crash.scene import (
    BANNED,
    Scene,
    first_day,
    human_traces,
    people_at_work,
    refuse_banned,
    second_day,
)
from tests.in_process import mount
from tests.pipeline.oracle import differences, duplicates
from tests.pipeline.pipeline import Pipeline
from tests.pipeline.world import World, open_world

FIRST_DAY = ("set_up", "base_data", "orders")
SECOND_DAY = ("base_data", "orders")
PATIENCE_S = 600.0  # far more than a busy machine needs: only what hangs is given up
RUN_TIMES = frozenset({"synced_at", "last_run_at", "first_seen", "last_seen"})

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["pytest", "tests.crash.child"])


class Laboratory:
    """One day of the scene, with the state of the app before each step of that day."""

    def __init__(self, world: World, scene: Scene, states: Path, *, second: bool) -> None:
        self.world = world
        self.scene = scene
        self.second = second
        self.steps = SECOND_DAY if second else FIRST_DAY
        self._states = states
        self._mended: set[str] = set()
        self._prepare()

    def _prepare(self) -> None:
        if self.second:
            run_steps(self.world, ("set_up",))
            refuse_banned(self.world.store)
            run_steps(self.world, ("base_data", "orders"))
            second_day(self.scene)
            people_at_work(self.scene, self.world.store)
        for step in self.steps:
            snapshot.save(self.world.store, self._states / step)
            run_steps(self.world, (step,))
            if step == "set_up":
                refuse_banned(self.world.store)

    # -- one experiment ---------------------------------------------------------------------------

    def restore(self, step: str, **switches: Any) -> None:
        """Put the app back into the state before a step of the day, with no fault in force.

        `switches` of the simulator are as given, else as they are by default.
        """
        store = self.world.store
        snapshot.load(store, self._states / step)
        store.deferred = Deferred()
        self.world.hap_faults.clear()
        self.world.xiaoe_faults.clear()
        self.world.hap_journal.clear()
        self.world.xiaoe_journal.clear()
        for name, value in HapSettings(qps=0, **switches):
            setattr(store.settings, name, value)

    def requests(self, step: str) -> int:
        """Return how many requests a step sends when nothing goes wrong."""
        self.restore(step)
        run_steps(self.world, (step,))
        return len(self.world.hap_journal.entries()) + len(self.world.xiaoe_journal.entries())

    def writes(self, step: str) -> list[int]:
        """Return which of HAP's requests are writes in a step when nothing goes wrong."""
        self.restore(step)
        first = self.world.hap_journal.entries()
        run_steps(self.world, (step,))
        entries = self.world.hap_journal.entries()[len(first) :]
        writing = ("create", "update", "delete", "edit")
        return [n for n, entry in enumerate(entries, 1) if entry.api.endswith(writing)]

    def killed(self, step: str, kill: Kill, *, threads: int = 1) -> None:
        """Run a step in a process that dies at a request.

        With one thread the n-th request is always the same one; with more, others are under way.
        """
        self.restore(step)
        exitcode = self.process((step,), kill=kill, threads=threads)
        assert exitcode == -signal.SIGKILL, f"request {kill.request} was never reached"

    def deaths(self, step: str) -> Iterator[Death]:
        """Run a step whose process loses a twin before and after each request.

        While a death is looked at, the process waits.
        """
        self.restore(step)
        ours, theirs = _processes.Pipe()
        process = _processes.Process(
            target=work, args=(Job(self.pipeline, (step,), twins=theirs),), daemon=True
        )
        process.start()
        theirs.close()
        with ours:
            while ours.poll(PATIENCE_S):
                try:
                    death = ours.recv()
                except EOFError:
                    break
                yield death
                ours.send("go on")
        process.join(PATIENCE_S)
        assert process.exitcode == 0

    def run_again(self) -> list[str]:
        """Run everything as whoever comes next does, and return what is wrong then.

        From a state out of which this has ended right before, it is not tried again. The app is put
        back afterwards. On disk it finds what the dead process left, in a directory of its own: the
        twin of that process lives, and may hold the token's lock.
        """
        state = self.state()
        if state in self._mended:
            return []
        tokens = self.world.tokens.with_name("left")
        shutil.rmtree(tokens, ignore_errors=True)
        if self.world.tokens.exists():
            shutil.copytree(self.world.tokens, tokens)
        with self._put_back():
            run_steps(replace(self.world, tokens=tokens))
            complaints = self.complaints()
        if not complaints:
            self._mended.add(state)
        return complaints

    @contextmanager
    def _put_back(self) -> Iterator[None]:
        store, kept = self.world.store, self._states / "between"
        ids = copy.deepcopy(store.ids)
        snapshot.save(store, kept)
        yield
        snapshot.load(store, kept)
        store.ids = ids

    def cut_off(self, step: str, rule: FaultRule) -> None:
        """Run a step in a process that meets a fault; whether it copes is its own affair."""
        self.restore(step)
        self.world.hap_faults.set([rule])
        self.process((step,))
        self.world.hap_faults.clear()

    def at_once(
        self, steps: Sequence[str], point: MeetingPoint, upsert: type[Upsert] = Upsert
    ) -> list[BaseException | None]:
        """Run the same steps twice at the same time; return how each ended."""
        pipeline = replace(self.pipeline, context_type=self.paced(upsert, point))

        def run() -> None:
            try:
                run_steps(pipeline, tuple(steps))
            finally:
                point.leave()

        with self._errors_wait_by_our_clock(), ThreadPoolExecutor(2) as pool:
            runs = [pool.submit(run) for _ in range(2)]
        return [run.exception() for run in runs]

    def run(self, kind: type[SyncContext], steps: Sequence[str] = STEPS) -> None:
        """Run steps here, with shops of a kind."""
        with self._errors_wait_by_our_clock():
            run_steps(replace(self.pipeline, context_type=kind), tuple(steps))

    def _errors_wait_by_our_clock(self) -> AbstractContextManager[object]:
        """The sheet of errors has a writer of its own, not the shop's."""
        return patch.object(error_rows, "Writer", partial(Writer, sleep=self.let_pass))

    def paced(
        self, upsert: type[Upsert] = Upsert, point: MeetingPoint | None = None
    ) -> type[SyncContext]:
        """Return a shop whose writers wait by the simulators' clock."""
        return paced(self.let_pass, upsert, point)

    def let_pass(self, seconds: float) -> None:
        """Let time pass in the simulators."""
        self.world.store.clock.advance(seconds)

    def make_indexes(self) -> None:
        """Give every worksheet a unique index on its key, as a person does by hand."""
        for definition in WORKSHEETS:
            self.world.store.sheet(definition.alias).add_unique_index(definition.key)

    def process(
        self, steps: tuple[str, ...] = STEPS, *, kill: Kill | None = None, threads: int = 1
    ) -> int | None:
        """Run steps in a process of their own; return its exit code."""
        pipeline = replace(self.pipeline, threads=threads)
        process = _processes.Process(target=work, args=(Job(pipeline, steps, kill),))
        process.start()
        process.join(PATIENCE_S)
        if process.exitcode is None:
            process.kill()
            process.join()
        return process.exitcode

    @property
    def pipeline(self) -> Pipeline:
        """Return the pipeline without the simulators, as another process can have it."""
        world = self.world
        return Pipeline(
            xiaoe_url=world.xiaoe_url,
            hap_url=world.hap_url,
            tokens=world.tokens,
            app_id=world.app_id,
            one_batch=True,
        )

    def state(self) -> str:
        """Return what another run can see of this one, apart from the second in which it ran."""
        store = self.world.store
        told = []
        for sheet in store.sheets():
            structure = [(field.alias, [o.value for o in field.options]) for field in sheet.fields]
            rows = [
                {name: value for name, value in row.items() if name not in RUN_TIMES}
                for row in plain_rows(store, sheet.id)
            ]
            told.append((sheet.alias, structure, sheet.rules, rows))
        return repr(told)

    def complaints(self) -> list[str]:
        """Return in words what is doubled, lost or stale in HAP; empty when all is well."""
        store = self.world.store
        refused = {
            order.order_id
            for order in self.scene.shop.orders.current.values()
            if store.sheet("orders").rules and any(line.name == BANNED for line in order.lines)
        }
        told = [f"{name} has several rows" for name in duplicates(store)]
        if not told:
            told = differences(
                self.scene.shop,
                store,
                without_orders=refused,
                person_owned={(self.scene.users[1], "company")} if self.second else frozenset(),
            )
        if self.second:
            told += human_traces(self.scene, store)
        return told


@contextmanager
def laboratory(folder: Path, *, second: bool) -> Iterator[Laboratory]:
    """Open a laboratory for the first or the second day."""
    scene = first_day()
    with open_world(scene.shop, folder / "tokens", in_process=False) as world:
        for app, url in zip(world.apps, (world.xiaoe_url, world.hap_url), strict=True):
            mount(app, url)  # sockets are for the processes that die
        yield Laboratory(world, scene, folder, second=second)
