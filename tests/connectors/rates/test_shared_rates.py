"""One rate for all processes of a machine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from connectors.errors import ConfigurationError, RateLimited
from connectors.rates import limits
from connectors.rates.limits import Budget, Limiter
from connectors.state import pace
from connectors.state.files import FileState, PaceFile
from connectors.state.interface import hashed
from connectors.state.pace import PaceState
from tests.connectors.clock import Clock, ClockOfEachThread
from tests.connectors.processes import PROCESSES
from tests.connectors.rates.test_limits import busiest_window

BUDGETS = {"a": Budget("a", 100, 0.5)}


def leave(directory: Path, calls: int, threads: int, told) -> None:
    """Make calls in a process of its own, and tell when they left."""
    clock = ClockOfEachThread()
    for module in (limits, pace):
        setattr(module, "time", clock)  # noqa: B010 - a module, for mypy
    limiter = Limiter(BUDGETS, scope="shop", state=FileState(directory))

    def call(_: int) -> float:
        limiter.acquire("a")
        return clock.time()

    with ThreadPoolExecutor(threads) as pool:
        told.put(list(pool.map(call, range(calls))))


def departures(directory: Path, processes: int, calls: int, threads: int) -> list[float]:
    told = PROCESSES.Queue()
    work = [
        PROCESSES.Process(target=leave, args=(directory, calls, threads, told))
        for _ in range(processes)
    ]
    for process in work:
        process.start()
    times = sorted(at for _ in work for at in told.get(timeout=300))
    for process in work:
        process.join()
    return times


def test_no_window_sees_more_than_the_budget_over_all_processes(tmp_path: Path) -> None:
    times = departures(tmp_path / "rates", processes=4, calls=60, threads=4)
    assert len(times) == 240
    assert busiest_window(times, 0.5) <= 100


def ask_several(directory: Path, apis: int, calls: int, told) -> None:
    """Make calls to several interfaces side by side in a process of its own."""
    budgets = {f"api{number}": Budget(f"api{number}", 5000, 0.5) for number in range(apis)}
    limiter = Limiter(budgets, scope="shop", state=FileState(directory))
    try:
        with ThreadPoolExecutor(apis) as pool:
            turns = [f"api{number % apis}" for number in range(calls)]
            list(pool.map(limiter.acquire, turns))
        told.put("")
    except OSError as error:
        told.put(str(error))


def test_processes_that_ask_several_interfaces_at_once_are_not_taken_for_deadlocked(
    tmp_path: Path,
) -> None:
    told = PROCESSES.Queue()
    work = [
        PROCESSES.Process(target=ask_several, args=(tmp_path / "rates", 6, 1500, told))
        for _ in range(4)
    ]
    for process in work:
        process.start()
    assert [told.get(timeout=60) for _ in work] == [""] * 4
    for process in work:
        process.join()


def test_one_process_alone_may_use_the_whole_rate(tmp_path: Path) -> None:
    times = departures(tmp_path / "rates", processes=1, calls=140, threads=8)
    assert busiest_window(times, 0.5) <= 100
    assert len(times) / (times[-1] - times[0]) > 0.6 * 180


def test_throttling_seen_by_one_process_holds_the_others(tmp_path: Path, clock: Clock) -> None:
    one, other = (_ForeignLimiter(tmp_path / "rates") for _ in range(2))
    one.slow_down("a", wait=0.4)
    started = clock.now
    other.acquire("a")
    assert clock.now - started == pytest.approx(0.4)
    other.slow_down("a", wait=3600)
    with pytest.raises(RateLimited):
        one.acquire("a")


def test_shops_have_rates_of_their_own_in_one_directory(tmp_path: Path, clock: Clock) -> None:
    slow = {"a": Budget("a", 1, 60)}
    started = clock.now
    for shop in ("one", "two", "three"):
        Limiter(slow, scope=shop, state=FileState(tmp_path / "rates")).acquire("a")
    assert clock.now == started


def test_a_state_that_cannot_be_true_holds_up_nobody(tmp_path: Path, clock: Clock) -> None:
    """A clock that was set back leaves turns behind that lie hours ahead."""
    state = PaceFile(tmp_path / "rates" / f"{hashed('shop a')}.rate")
    ahead = int((clock.now + 7200) * 1e6)
    state.change(lambda _: (PaceState(due=ahead), None))
    started = clock.now
    _ForeignLimiter(tmp_path / "rates").acquire("a")
    assert clock.now == started


def test_a_damaged_file_is_replaced(tmp_path: Path) -> None:
    _ForeignLimiter(tmp_path / "rates")
    (file,) = (tmp_path / "rates").glob("*.rate")
    file.write_bytes(b"?")
    _ForeignLimiter(tmp_path / "rates").acquire("a")
    assert file.stat().st_mode & 0o077 == 0


def test_a_directory_that_others_can_read_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with pytest.raises(ConfigurationError, match="700"):
        Limiter(BUDGETS, scope="shop", state=FileState(tmp_path)).acquire("a")


def test_where_no_file_can_be_shared_each_task_takes_its_part(tmp_path: Path, clock: Clock) -> None:
    """A file in the place of the directory: nothing can be opened below it."""
    blocked = tmp_path / "file"
    blocked.write_text("")
    budgets = {"a": Budget("a", 20, 0.5)}
    limiter = Limiter(budgets, scope="blocked", state=FileState(blocked), shares=4)
    times = []
    for _ in range(8):
        limiter.acquire("a")
        times.append(clock.now)
    assert busiest_window(times, 0.5) <= 5


class _ForeignLimiter(Limiter):
    """A limiter whose state is opened anew, as another process does."""

    def __init__(self, directory: Path) -> None:
        super().__init__(BUDGETS, scope="shop", state=FileState(directory))
        budget = BUDGETS["a"]
        self._own = self._new_pacer(budget)

    def _pacer(self, api: str):
        return self._own
