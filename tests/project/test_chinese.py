"""Chinese is written with Chinese punctuation wherever a user reads it."""

from __future__ import annotations

import re
import subprocess

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
BETWEEN = re.compile("[\u4e00-\u9fff」』）】][,;:!?][\u4e00-\u9fff「『（【]")


def test_no_half_width_punctuation_stands_between_chinese_characters():
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
        if BETWEEN.search(line)
    ]
    assert found == []
