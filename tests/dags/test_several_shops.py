"""What a second entry in the list of shops adds, and what reading the DAG files costs."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from airflow.dag_processing.dagbag import DagBag

from tests.paths import ROOT

NAMES = {
    "mingdao_setup",
    "xiaoe_base_data",
    "xiaoe_orders",
    "xiaoe_reconcile",
    "xiaoe_doctor",
    "xiaoe_explain_order",
    "xiaoe_erase_customer",
}
TWO = '[[shop]]\nname = "default"\napp_id = "app1"\n[[shop]]\nname = "branch"\napp_id = "app2"\n'

# Reads every DAG file with sockets closed and no database file.
READ_ALL = """
import json, socket, sys

def refuse(*_, **__):
    raise AssertionError("a DAG file opened a connection")

from airflow.dag_processing.dagbag import DagBag  # what every process has imported by then
import airflow.models, airflow.serialization.serialized_objects
from sqlalchemy.engine import Engine
socket.socket.connect = socket.create_connection = socket.getaddrinfo = Engine.connect = refuse
bag = DagBag(sys.argv[1])
print(json.dumps({"errors": bag.import_errors, "dags": sorted(bag.dags)}))
"""


@pytest.fixture(scope="module")
def two_shops(tmp_path_factory):
    path = tmp_path_factory.mktemp("shops") / "shops.toml"
    path.write_text(TWO)
    return path


@pytest.fixture
def bag(two_shops, monkeypatch) -> DagBag:
    monkeypatch.setenv("XIAOE_SHOPS_FILE", str(two_shops))
    return DagBag(str(ROOT / "dags"))


def test_a_second_shop_has_the_same_dags_under_names_of_its_own(bag):
    assert bag.import_errors == {}
    own = {dag_id for dag_id in bag.dags if dag_id.partition("__")[0] in NAMES}
    assert NAMES | {f"{name}__branch" for name in NAMES} <= own
    for name in NAMES:
        first, branch = bag.dags[name], bag.dags[f"{name}__branch"]
        assert first.task_ids == branch.task_ids
        assert "shop:branch" in branch.tags
        assert "xiaoe_branch" in branch.doc_md


def test_each_shop_has_a_watermark_of_its_own(bag):
    places = {
        dag_id: {asset.uri for asset in bag.dags[dag_id].get_task("settle").outlets}
        for dag_id in ("xiaoe_orders", "xiaoe_orders__branch")
    }
    assert places == {
        "xiaoe_orders": {"x-xiaoe://orders"},
        "xiaoe_orders__branch": {"x-xiaoe://orders/branch"},
    }
    compared = bag.dags["xiaoe_reconcile__branch"].get_task("compare").inlets
    assert [asset.uri for asset in compared] == ["x-xiaoe://orders/branch"]


def test_a_wrong_list_of_shops_is_told_as_an_import_error(tmp_path, monkeypatch):
    path = tmp_path / "shops.toml"
    path.write_text('[[shop]]\nname = "branch"\n')
    monkeypatch.setenv("XIAOE_SHOPS_FILE", str(path))
    bag = DagBag(str(ROOT / "dags"))
    assert not NAMES & bag.dags.keys()
    assert all("第一个店铺应为 default" in notifies for notifies in bag.import_errors.values())


def test_reading_all_dags_takes_no_network_and_no_database(two_shops):
    read = read_all(two_shops)
    assert read["errors"] == {}
    assert len(read["dags"]) >= 2 * len(NAMES)


def read_all(shops) -> dict:
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(ROOT / "dags")],
        env={**os.environ, "XIAOE_SHOPS_FILE": str(shops)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])
