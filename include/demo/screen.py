"""What the person at the terminal sees: live steps on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from include.demo.errors import DemoError

MARKS = {
    "success": "[green]✔[/]",
    "failed": "[red]✘[/]",
    "running": "[cyan]▸[/]",
    "queued": "[dim]·[/]",
}
PLAIN_INTERVAL = 10.0


@dataclass
class RunLine:
    """One DAG run on the screen."""

    label: str
    state: str
    total: int = 0
    done: int = 0
    failed: int = 0

    def describe(self) -> str:
        """Say in one phrase how far it is."""
        if self.state == "queued":  # where a run is repeated, its tasks still stand as they were
            return "排队 queued"
        failed = f"，失败 {self.failed} failed" if self.failed else ""
        return f"{self.done}/{self.total} 任务 tasks{failed}"


@dataclass
class Step:
    """One step of the demo: what it is, how it stands, and the runs that belong to it."""

    title: str
    state: str = "running"
    detail: str = ""
    lines: list[RunLine] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)
    seconds: float = 0.0


class Screen:
    """Shows the steps while they run."""

    def __init__(self) -> None:
        self.console = Console(highlight=False)
        self._steps: list[Step] = []
        self._live: Live | None = None
        self._printed = 0.0
        self._spinner = Spinner("dots", style="cyan")
        self._begun = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since the screen was made."""
        return time.monotonic() - self._begun

    @contextmanager
    def live(self) -> Iterator[None]:
        """Keep the steps on the screen up to date until the block ends."""
        if not self.console.is_terminal:
            yield
            return
        with Live(get_renderable=self._render, console=self.console, refresh_per_second=8) as live:
            self._live = live
            try:
                yield
            finally:
                self._live = None

    @contextmanager
    def step(self, chinese: str, english: str) -> Iterator[Step]:
        """Show a step while its block runs."""
        step = Step(f"{chinese} / {english}")
        self._steps.append(step)
        if not self.console.is_terminal:
            self._print(f"▸ {step.title}")
        try:
            yield step
        except BaseException:
            self._finish(step, "failed")
            raise
        self._finish(step, "success")

    def update(self, step: Step, detail: str = "", lines: list[RunLine] | None = None) -> None:
        """Show how far a step is."""
        step.detail = detail or step.detail
        step.lines = lines if lines is not None else step.lines
        due = time.monotonic() - self._printed > PLAIN_INTERVAL
        if not self.console.is_terminal and due and (step.lines or step.detail):
            running = [line for line in step.lines if line.state == "running"]
            described = "; ".join(f"{line.label} {line.describe()}" for line in running)
            self._print(f"  {step.detail} {described}".rstrip())

    def note(self, text: str) -> None:
        """Print a line that stays."""
        self.console.print(text, markup=False, soft_wrap=True)

    def error(self, error: DemoError) -> None:
        """Print what went wrong, the end of the log, and where the log is."""
        self.console.print(f"\n[red bold]✘[/] {escape(error.chinese)}\n  {escape(error.english)}")
        for line in error.last_lines():
            self.console.print(f"  │ {line}", markup=False, style="dim", soft_wrap=True)
        if error.log is not None:
            self.console.print(f"  日志 / log: {error.log}", markup=False, soft_wrap=True)

    def _finish(self, step: Step, state: str) -> None:
        step.state = state
        step.seconds = time.monotonic() - step.started
        if not self.console.is_terminal:
            mark = "✔" if state == "success" else "✘"
            self._print(f"{mark} {step.title} {step.detail} ({step.seconds:.1f} s)")

    def _print(self, text: str) -> None:
        self._printed = time.monotonic()
        self.console.print(f"[{self.elapsed:5.0f} s] {text}", markup=False, soft_wrap=True)

    def _render(self) -> RenderableType:
        grid = Table.grid(padding=(0, 1))
        for step in self._steps:
            running = step.state == "running"
            seconds = time.monotonic() - step.started if running else step.seconds
            mark = self._spinner if running else Text.from_markup(MARKS[step.state])
            grid.add_row(mark, step.title, Text(step.detail, style="dim"), f"{seconds:.0f} s")
            if running and step.lines:
                grid.add_row("", _lines(step.lines))
        return Group(grid)


def _lines(lines: list[RunLine]) -> Table:
    grid = Table.grid(padding=(0, 1))
    for line in lines:
        grid.add_row(Text.from_markup(MARKS.get(line.state, "·")), line.label, line.describe())
    return grid
