"""The documents say what the code says."""

from __future__ import annotations

import re

import pytest

from docs import generate
from tests.paths import ROOT


def test_the_reference_pages_are_those_that_the_code_gives():
    written = {
        page.name: page.read_text(encoding="utf-8") for page in generate.REFERENCE.glob("*.md")
    }
    assert written == generate.pages(), "run `make docs`"


READMES = (ROOT / "README.md", ROOT / "docs" / "README.en.md")
LONGEST = 120


@pytest.mark.parametrize("path", READMES, ids=lambda path: path.name)
def test_a_readme_is_short_and_names_every_dag_and_both_connections(path):
    readme = path.read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= LONGEST
    dags = {file.stem for file in (ROOT / "dags").glob("*.py")}
    named = set(re.findall(r"^\s*\| `(\w+)` \|", readme, re.MULTILINE))
    assert dags <= named
    assert {"xiaoe_default", "mingdao_default"} <= named


def test_every_file_that_a_document_names_is_there():
    named = [
        name
        for path in (*READMES, ROOT / "docs" / "architecture.md")
        for name in re.findall(
            r"`((?:dags|plugins|include|docs)/[\w./]+)`", path.read_text(encoding="utf-8")
        )
    ]
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_link_and_picture_of_the_documents_leads_somewhere():
    broken = [
        f"{path.relative_to(ROOT)}: {target}"
        for path in (*READMES, *(ROOT / "docs").glob("*.md"))
        for target in re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if not (path.parent / target).exists()
    ]
    assert broken == []


def test_the_documented_dump_is_readable_by_its_owner_alone():
    lines = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").splitlines()
    dumps = [line for line in lines if "pg_dump" in line]
    assert dumps
    assert [line for line in dumps if not line.startswith("(umask 077; ")] == []
