"""A field's name in the app and our alias meet in one module, whoever reads or writes rows."""

from __future__ import annotations

import re
import tomllib

from include.destination.sheets import user_mapping
from tests.paths import ROOT

ROW_CALLS = r"\.(list_rows|related_rows|pivot|create_rows?|update_rows?)\("
TRANSLATES = "include/destination/rows.py"
APART = ("include/simulators/", "include/demo/")  # they are not the pipeline


def test_no_module_makes_row_calls_past_the_translation():
    files = [*(ROOT / "include").rglob("*.py"), *(ROOT / "plugins/airflow_extras").rglob("*.py")]
    calling = {
        str(path.relative_to(ROOT))
        for path in files
        if re.search(ROW_CALLS, path.read_text(encoding="utf-8"))
    }
    assert {name for name in calling if not name.startswith(APART)} == {TRANSLATES}


def test_the_file_of_own_worksheets_is_delivered_empty():
    assert tomllib.loads(user_mapping.FILE.read_text(encoding="utf-8")) == {}


def test_the_example_of_the_guide_is_without_mistakes(tmp_path, monkeypatch):
    guide = (ROOT / "docs/existing-worksheets.md").read_text(encoding="utf-8")
    example = tmp_path / "own_worksheets.toml"
    (text,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    example.write_text(text, encoding="utf-8")
    monkeypatch.setattr(user_mapping, "FILE", example)
    said = user_mapping.read_own("mingdao_default")
    assert said.mistakes == []
    assert said.by_alias["customers"].left_out == {"email"}
