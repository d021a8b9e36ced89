"""Every error of our own says what to do next in a place that a person can find."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from connectors import codes, errors
from tests.paths import ROOT

FOLDERS = ("include/flows", "include/source", "include/mapping", "include/destination", "plugins")
ERRORS = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.ConnectorError)
}
# A place by its name, a DAG, task or param, a file, whom to send the log, or that nothing is due.
NEXT_STEP = re.compile(
    r"「|Connections|连接里|[a-z]+_[a-z_]+|\.toml|make |DAG|Clear|维护者|客服|自动|不用处理"
    r"|环境变量|该变量|目录权限|在明道云"
)
IN_VAIN = re.compile(r"^(稍后)?重新运行。?$|联系小鹅通|联系明道云|看日志$")


def actions() -> Iterator[tuple[str, str]]:
    """Yield each action in Chinese, with its place; what is put in is left out."""
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text())):
                name = getattr(getattr(node, "func", None), "id", "")
                if isinstance(node, ast.Call) and name in ERRORS and len(node.args) > 2:
                    words = node.args[2]
                    if isinstance(words, ast.Call) and words.args:
                        yield f"{file.relative_to(ROOT)}:{node.lineno}", text_of(words.args[0])


def text_of(node: ast.expr) -> str:
    texts = [one.value for one in ast.walk(node) if isinstance(one, ast.Constant)]
    return "".join(text for text in texts if isinstance(text, str))


OWN = dict(actions())


def test_the_errors_of_our_own_are_found():
    assert len(OWN) > 30


@pytest.mark.parametrize("place", [place for place, text in OWN.items() if text])
def test_an_error_of_our_own_names_the_next_step(place):
    assert NEXT_STEP.search(OWN[place]), OWN[place]
    assert not IN_VAIN.search(OWN[place]), OWN[place]


@pytest.mark.parametrize("system", ["xiaoe", "hap"])
def test_every_code_of_the_vendors_names_the_next_step(system):
    table = codes.XIAOE if system == "xiaoe" else codes.HAP
    for code, meaning in [*table.items(), (0, codes.UNKNOWN_REFUSAL[system])]:
        assert NEXT_STEP.search(meaning.action.zh), code
        assert not IN_VAIN.search(meaning.action.zh), code
