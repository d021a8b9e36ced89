"""Chinese is written with Chinese punctuation wherever a user reads it."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.paths import ROOT

SHOWN = (
    "README.md",
    "CHANGELOG.md",
    "Makefile",
    "docker-compose.yaml",
    "docs",
    "dags",
    "include",
    "plugins",
)
KINDS = (".md", ".py", ".js", ".html", ".toml", ".yaml", "Makefile")
CHINESE = "\u4e00-\u9fff"
# Before Chinese, whatever it follows; after Chinese; and first in a text that is put behind another
# one. English with a Chinese word in it has a blank there.
HALF_WIDTH = re.compile(
    f"[{CHINESE}」』）】)}}`\\w][,;:!?][{CHINESE}「『（【]"
    f"|[{CHINESE}」』）】][,;:!?][{CHINESE}「『（【{{`]"
    f'|(?<!["\\w])f?"[,;:!?](?=[^ "])[^"]*[{CHINESE}]'
)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('f"读取 7,完成 7"', True),
        ('f",{missing} 项暂缺"', True),
        ('"，待重算"', False),
        ("用户ID,{consequence}没有", False),
        ("没有这个用户ID,就", True),
        ("已停止,`settle` 变红", True),
        ("设为 忽略; deleting such a row", False),
        ('", ".join(names)', False),
        ('"1,234.50"', False),
    ],
)
def test_half_width_punctuation_is_seen_beside_chinese_and_not_in_english(line, wrong):
    assert bool(HALF_WIDTH.search(line)) is wrong


def test_no_half_width_punctuation_stands_beside_chinese_characters():
    listed = subprocess.run(
        ["git", "ls-files", *SHOWN],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name in listed.stdout.splitlines()
        if name.endswith(KINDS)
        for number, line in enumerate((ROOT / name).read_text().splitlines(), start=1)
        if HALF_WIDTH.search(line)
    ]
    assert found == []
