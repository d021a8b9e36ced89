"""The pinned requirements: complete, in step with pyproject.toml, free of anybody's registry."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.paths import ROOT

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = [
    ROOT / "requirements.txt",
    ROOT / "tests" / "requirements.txt",
    ROOT / "requirements-celery.txt",
    ROOT / "docs" / "screenshots.txt",
]
OURS = {"airflow_extras", "connectors", "include", "tests"}
RUN_WITH_AIRFLOW = ("dags", "plugins", "include")
ONLY_FOR_THE_DEMO = ("include/demo", "include/simulators")
ONLY_WITH_CELERY = "plugins/connectors/state/redis_server.py"  # where XIAOE_STATE is set


def lines_of(lock: Path) -> list[str]:
    """Return the pins with their hashes, a line each."""
    text = lock.read_text().replace("\\\n", " ")
    stripped = (line.strip() for line in text.splitlines())
    return [line for line in stripped if line and not line.startswith("#")]


def pins(lock: Path) -> list[Requirement]:
    return [Requirement(line.partition("--hash")[0].strip()) for line in lines_of(lock)]


def pinned_versions(name: str, lock: Path) -> set[str]:
    wanted = canonicalize_name(name)
    return {
        specifier.version
        for pin in pins(lock)
        if canonicalize_name(pin.name) == wanted
        for specifier in pin.specifier
    }


def requirements_of(group: str) -> list[Requirement]:
    found = []
    for entry in PROJECT["dependency-groups"][group]:
        if isinstance(entry, dict):
            found += requirements_of(entry["include-group"])
        else:
            found.append(Requirement(entry))
    return found


@pytest.mark.parametrize("lock", LOCKS, ids=["run", "tests", "celery", "screenshots"])
def test_everything_is_pinned_to_one_version(lock: Path) -> None:
    for pin in pins(lock):
        assert re.fullmatch(r"==[\w.!+]+", str(pin.specifier)), str(pin)


@pytest.mark.parametrize("lock", LOCKS, ids=["run", "tests", "celery", "screenshots"])
def test_a_package_is_taken_only_if_it_is_the_one_that_was_pinned(lock: Path) -> None:
    for line in lines_of(lock):
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), line


@pytest.mark.parametrize("file", ["Makefile", "Dockerfile"])
def test_pins_are_installed_by_their_hashes_and_the_project_asks_no_registry(file: str) -> None:
    text = (ROOT / file).read_text().replace("\\\n", " ")
    installs = re.findall(r"(?:pip install|\$\(INSTALL\)) (.*)", text)
    assert installs
    for options in installs:
        if "-e ." in options.split("&&")[0]:
            assert "--no-deps --no-build-isolation" in options
        elif "-r " in options:
            assert "--require-hashes" in options, options


@pytest.mark.parametrize("lock", LOCKS, ids=["run", "tests", "celery", "screenshots"])
def test_no_registry_is_named(lock: Path) -> None:
    assert not re.search(r"://|--(extra-)?index-url|--find-links|-f |file:", lock.read_text())


@pytest.mark.parametrize("text", PROJECT["project"]["dependencies"])
def test_each_dependency_is_pinned_within_its_bounds(text: str) -> None:
    wanted = Requirement(text)
    versions = pinned_versions(wanted.name, LOCKS[0])
    assert versions
    assert all(wanted.specifier.contains(version) for version in versions)


@pytest.mark.parametrize("wanted", requirements_of("dev"), ids=str)
def test_each_development_tool_is_pinned_within_its_bounds(wanted: Requirement) -> None:
    versions = pinned_versions(wanted.name, LOCKS[1])
    assert versions
    assert all(wanted.specifier.contains(version) for version in versions)


@pytest.mark.parametrize("wanted", requirements_of("celery"), ids=str)
def test_what_the_workers_need_is_pinned_within_its_bounds(wanted: Requirement) -> None:
    versions = pinned_versions(wanted.name, LOCKS[2])
    assert versions
    assert all(wanted.specifier.contains(version) for version in versions)


def test_nothing_is_tested_in_another_version_than_it_runs_in() -> None:
    run = {canonicalize_name(pin.name) for pin in pins(LOCKS[0])}
    for lock in LOCKS[1:]:
        for name in run & {canonicalize_name(pin.name) for pin in pins(lock)}:
            assert pinned_versions(name, lock) == pinned_versions(name, LOCKS[0])


def test_this_environment_is_the_pinned_one() -> None:
    for lock in LOCKS[:2]:  # the workers' own packages come with `make scale-out`
        for pin in pins(lock):
            if pin.marker is None or pin.marker.evaluate():
                assert pin.specifier.contains(metadata.version(pin.name)), str(pin)


def imported_modules(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def test_what_runs_inside_airflow_imports_only_what_is_required() -> None:
    distributions = metadata.packages_distributions()
    always, with_celery = (
        {canonicalize_name(pin.name) for pin in pins(lock)} for lock in (LOCKS[0], LOCKS[2])
    )
    for folder in RUN_WITH_AIRFLOW:
        for path in (ROOT / folder).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if name.startswith(ONLY_FOR_THE_DEMO):
                continue
            allowed = with_celery | always if name == ONLY_WITH_CELERY else always
            for module in imported_modules(path) - OURS - set(sys.stdlib_module_names):
                homes = {canonicalize_name(home) for home in distributions.get(module, [])}
                assert homes & allowed, f"{name} imports {module}"
