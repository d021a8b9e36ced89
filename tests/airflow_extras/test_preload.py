"""A task finds the code already read, and never an older one than lies on disk.

In a process of its own: whatever is forked from where the module was imported keeps looking after
its files.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from tests.paths import ROOT

SCRIPT = """
import importlib, json, os, runpy, sys
from pathlib import Path
from airflow_extras import preload

rules = Path(sys.argv[1]) / "shop_rules"
sys.path.insert(0, sys.argv[1])
preload.preload(["shop_rules.broken"], ["shop_rules"])  # it ends nothing
preload.preload(["shop_rules.fees"], ["shop_rules"])
kept = sys.modules["shop_rules.fees"]

def in_a_task(name="shop_rules.fees"):
    reader, writer = os.pipe()
    if not os.fork():
        fees = importlib.import_module(name)
        os.write(writer, json.dumps([fees.FEE, fees is kept]).encode())
        os._exit(0)
    os.wait()
    return json.loads(os.read(reader, 100))

unedited = in_a_task()
sys.path.insert(0, sys.argv[2])
preload.preload(["being_saved.fees", "being_saved.later"], ["being_saved"])
saved_meanwhile = in_a_task("being_saved.fees")
(rules / "fees.py").write_text("FEE = 22")
edited = in_a_task()

before = set(sys.modules)
for file in sorted(Path("dags").glob("*.py")):
    runpy.run_path(str(file))
later = [name for name in set(sys.modules) - before if name.split(".")[0] in preload.PACKAGES]
told = {"unedited": unedited, "edited": edited, "saved meanwhile": saved_meanwhile}
print(json.dumps({**told, "imported later": later}))
"""

SAVES = """
from pathlib import Path
from being_saved import fees
Path(fees.__file__).write_text("FEE = 22")
"""
LONG_AGO = 1_700_000_000


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("rules")
    rules = folder / "shop_rules"
    rules.mkdir()
    (rules / "__init__.py").touch()
    (rules / "fees.py").write_text("FEE = 1")
    (rules / "broken.py").write_text("FEE = ")
    saved = tmp_path_factory.mktemp("saved") / "being_saved"
    saved.mkdir()
    (saved / "__init__.py").touch()
    (saved / "fees.py").write_text("FEE = 1")
    (saved / "later.py").write_text(SAVES)
    for file in (*rules.iterdir(), *saved.iterdir()):
        os.utime(file, (LONG_AGO, LONG_AGO))
    command = [sys.executable, "-c", SCRIPT, str(folder), str(saved.parent)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_task_has_what_was_read_before(told):
    assert told["unedited"] == [1, True]


def test_an_edited_rule_takes_effect_with_the_next_task(told):
    assert told["edited"] == [22, False]


def test_a_rule_that_is_saved_while_it_is_being_read_takes_effect_as_well(told):
    assert told["saved meanwhile"] == [22, False]


def test_no_dag_imports_anything_of_the_project_that_was_not_preloaded(told):
    assert told["imported later"] == []
