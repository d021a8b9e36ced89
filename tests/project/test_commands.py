"""The commands that the project offers: what the documents name exists, on macOS's old make too."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.paths import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([.\w/-]+):(?!=)", MAKEFILE, re.MULTILINE)) - {".PHONY"}
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / ".ci" / "run"])


def make(*arguments: str) -> str:
    """Return what make would run."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith("MAKE")}
    command = ["make", "--dry-run", "--always-make", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_the_commands_everybody_expects_exist() -> None:
    assert {"all", "venv", "lint", "test", "demo", "lock", "clean", ".env"} <= TARGETS


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_a_document_names_only_commands_that_exist(document: Path) -> None:
    named = re.findall(r"(?:`|^\s*\$? ?)make ([a-z.][\w-]*)", document.read_text(), re.MULTILINE)
    assert set(named) <= TARGETS


def test_make_alone_lints_and_tests() -> None:
    recipe = make()
    assert re.search(r"ruff check .*ruff format --check .*mypy.*-m pytest", recipe, re.DOTALL)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [(["demo"], False), (["demo", "ONCE=1"], True), (["demo", "ONCE=0"], False)],
)
def test_once_makes_the_demo_end_by_itself(arguments: list[str], *, expected: bool) -> None:
    assert ("include.demo --once" in make(*arguments)) is expected


def test_bytecode_is_written_whatever_the_environment_says() -> None:
    assert "\nunexport PYTHONDONTWRITEBYTECODE\n" in MAKEFILE


@pytest.mark.parametrize(
    "newer",
    [r"\.ONESHELL", r"\$\(file ", r"^\w+ *!=", r"::?:=", r"&:", r"\.EXTRA_PREREQS", r"\$\(let "],
)
def test_the_makefile_needs_no_newer_make_than_macos_has(newer: str) -> None:
    assert not re.search(newer, MAKEFILE, re.MULTILINE)


@pytest.mark.parametrize("failing", ["venv", "lint", "test", None])
def test_ci_lints_and_tests_and_fails_when_one_of_them_does(tmp_path, failing) -> None:
    make = tmp_path / "make"
    make.write_text(f'#!/bin/sh\necho "made $1"\n[ "$1" != "{failing}" ]\n')
    make.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    ran = subprocess.run(
        [ROOT / ".ci" / "run"],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode == 0) is (failing is None)
    if failing != "venv":
        assert {"made lint", "made test"} <= set(ran.stdout.splitlines())


def test_the_demo_is_kept_out_of_git() -> None:
    assert "/.demo/" in (ROOT / ".gitignore").read_text().splitlines()
