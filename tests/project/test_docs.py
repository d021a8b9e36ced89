"""The documents say what the code says."""

from __future__ import annotations

import re

from docs import generate
from tests.paths import ROOT


def test_the_reference_pages_are_those_that_the_code_gives():
    written = {
        page.name: page.read_text(encoding="utf-8") for page in generate.REFERENCE.glob("*.md")
    }
    assert written == generate.pages(), "run `make docs`"


def test_the_readme_names_every_dag_and_both_connections():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    dags = {path.stem for path in (ROOT / "dags").glob("*.py")}
    named = set(re.findall(r"^\s*\| `(\w+)` \|", readme, re.MULTILINE))
    assert dags <= named
    assert {"xiaoe_default", "mingdao_default"} <= named


def test_every_file_that_the_readme_names_is_there():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"`((?:dags|plugins|include|docs)/[\w./]+)`", readme)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_documented_dump_is_readable_by_its_owner_alone():
    lines = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").splitlines()
    dumps = [line for line in lines if "pg_dump" in line]
    assert dumps
    assert [line for line in dumps if not line.startswith("(umask 077; ")] == []
