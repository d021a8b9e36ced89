"""How much code one changed order runs through, and how much there is (`-m tests.order_path`).

Two numbers for whoever asks whether a change made the house smaller: the files and functions of
`include`, `plugins` and `dags` that run between a shop in which one order has been paid and the row
in HAP, and the lines of code of these folders. The simulators count in neither, because they are
both vendors' side. `--list` names the files with the functions of each.
"""

from __future__ import annotations

import ast
import io
import sys
import tempfile
import threading
import tokenize
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from include.flows.run.watermark import WATERMARK
from tests.crash.scene import HOUR, NOON, first_day
from tests.dag_run import Memory
from tests.paths import ROOT
from tests.pipeline.world import open_world

FOLDERS = ("include", "plugins", "dags")
_APART = ("include/simulators/",)
_COUNTED = {tokenize.NAME, tokenize.NUMBER, tokenize.STRING, tokenize.OP} | (
    {one for name in ("FSTRING_START", "FSTRING_END") if (one := getattr(tokenize, name, 0))}
)


def path_of_one_order() -> Mapping[str, set[str]]:
    """Return the functions that one changed order runs through, by file.

    What a function consists of (comprehensions, lambdas, functions within it) counts with it.
    """
    scene = first_day()
    with tempfile.TemporaryDirectory() as tokens, open_world(scene.shop, Path(tokens)) as world:
        world.fill()
        state = Memory({WATERMARK: NOON.isoformat()})
        scene.shop.clock.set(NOON + HOUR)
        scene.shop.pay(scene.orders[1], at=NOON + HOUR / 2)
        asked = {"run_type": "scheduled", "interval": (NOON, NOON + HOUR), "now": NOON + 2 * HOUR}
        run = world.orders_run(world.context, asked, state)
        with _Noting() as seen:
            run.play()
    return seen


class _Noting:
    """Note which functions are called meanwhile, in every thread."""

    def __init__(self) -> None:
        self.seen: dict[str, set[str]] = defaultdict(set)
        self._names: dict[Any, tuple[str, str] | None] = {}

    def __enter__(self) -> Mapping[str, set[str]]:
        threading.setprofile(self._note)
        sys.setprofile(self._note)
        return self.seen

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        threading.setprofile(None)  # None ends it

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event != "call":
            return
        if code not in self._names:
            self._names[code] = _function_of(code.co_filename, code.co_qualname)
        if named := self._names[code]:
            self.seen[named[0]].add(named[1])


def _function_of(file: str, qualname: str) -> tuple[str, str] | None:
    """Return file and function as people name them; None for code that does not count."""
    path = Path(file)
    if not path.is_relative_to(ROOT):
        return None
    name = path.relative_to(ROOT).as_posix()
    if not name.startswith(tuple(f"{one}/" for one in FOLDERS)) or name.startswith(_APART):
        return None
    function = qualname.partition(".<locals>")[0]
    return None if function.startswith("<") else (name, function)


def lines_of_code() -> dict[str, int]:
    """Return the lines of code of each file: no blank line, no comment, no docstring."""
    return {
        file.relative_to(ROOT).as_posix(): lines_in(file.read_text(encoding="utf-8"))
        for folder in FOLDERS
        for file in sorted((ROOT / folder).rglob("*.py"))
        if not file.relative_to(ROOT).as_posix().startswith(_APART)
    }


def lines_in(source: str) -> int:
    """Return how many lines of a source hold code."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in _COUNTED:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - set(_docstring_lines(ast.parse(source))))


def _docstring_lines(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        value = node.value if isinstance(node, ast.Expr) else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield from range(value.lineno, (value.end_lineno or 0) + 1)


def main(say: Callable[[str], object] = print) -> None:
    """Print both numbers."""
    path = path_of_one_order()
    if "--list" in sys.argv:
        for file, functions in sorted(path.items()):
            say(f"{file}: {', '.join(sorted(functions))}")
    number = sum(map(len, path.values()))
    say(f"one changed order: {len(path)} files, {number} functions")
    lines = lines_of_code()
    for folder in FOLDERS:
        of_folder = [count for file, count in lines.items() if file.startswith(f"{folder}/")]
        say(f"{folder}: {sum(of_folder)} lines of code in {len(of_folder)} files")
    say(f"together: {sum(lines.values())} lines of code")


if __name__ == "__main__":
    main()
