"""What Airflow learns about the two connection types."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from airflow import providers_manager
from airflow.providers_manager import ProvidersManager
from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime

from connectors import provider_info
from connectors.xiaoe.connection import ORDER_FEEDS


def is_chinese_and_english(text: str) -> bool:
    chinese, _, english = text.partition(" / ")
    return any("\u4e00" <= sign <= "\u9fff" for sign in chinese) and english.isascii()


def test_the_module_imports_nothing() -> None:
    tree = ast.parse(Path(provider_info.__file__).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    assert [ast.unparse(node) for node in imports] == ["from __future__ import annotations"]


def test_airflows_schema_accepts_it() -> None:
    schema = Path(providers_manager.__file__).with_name("provider_info.schema.json")
    jsonschema.validate(provider_info.get_provider_info(), json.loads(schema.read_text()))


@pytest.mark.parametrize(
    ("kind", "hook", "fields"),
    [
        (
            "xiaoe",
            "connectors.xiaoe.hook.XiaoeHook",
            {
                "client_id": None,
                "order_feed": "update",
                "push_token": None,
                "push_aes_key": None,
                "push_check_on": None,
                "allow_http": False,
                "allow_private": False,
            },
        ),
        (
            "mingdao",
            "connectors.mingdao.hook.MingdaoHook",
            {
                "timezone": "Asia/Shanghai",
                "trigger_workflow": False,
                "allow_http": False,
                "allow_private": False,
            },
        ),
    ],
)
def test_airflow_shows_the_form_with_chinese_labels_and_help(
    kind: str, hook: str, fields: dict[str, Any]
) -> None:
    manager = ProvidersManager()
    [shown] = [
        meta
        for meta in manager.iter_connection_type_hook_ui_metadata()
        if meta.connection_type == kind
    ]
    assert shown.hook_class_name == hook
    assert shown.field_behaviour is not None
    assert set(shown.field_behaviour["relabeling"]) == {"host", "port", "login", "password"}
    for label in shown.field_behaviour["relabeling"].values():
        assert is_chinese_and_english(label)
    widgets = {
        name.removeprefix(f"extra__{kind}__"): widget.field
        for name, widget in manager._connection_form_widgets_from_metadata.items()
        if name.startswith(f"extra__{kind}__")
    }
    assert {name: field["value"] for name, field in widgets.items()} == fields
    for field in widgets.values():
        assert is_chinese_and_english(field["schema"]["title"])
        assert any("\u4e00" <= sign <= "\u9fff" for sign in field["description"])


def test_the_order_feeds_of_the_form_are_those_of_the_hook() -> None:
    [xiaoe] = [
        kind
        for kind in provider_info.get_provider_info()["connection-types"]  # type: ignore[attr-defined]
        if kind["connection-type"] == "xiaoe"
    ]
    assert xiaoe["conn-fields"]["order_feed"]["schema"]["enum"] == list(ORDER_FEEDS)


def test_a_task_finds_the_hook_and_may_test_it() -> None:
    manager = ProvidersManagerTaskRuntime()
    info = manager.hooks["xiaoe"]
    assert info is not None
    assert (info.connection_id_attribute_name, info.connection_testable) == ("conn_id", True)
