"""Option sets: lists of options for several fields. V3 cannot bind a field to one (hap §9)."""

from __future__ import annotations

from typing import Any

from include.simulators.hap.errors import PARAMETER_ERROR, VALUE_ERROR, HapError
from include.simulators.hap.field_specs import new_options
from include.simulators.hap.model import OptionSet
from include.simulators.hap.requests import flag, objects
from include.simulators.hap.store import HapStore

JsonObject = dict[str, Any]


def create(store: HapStore, body: JsonObject) -> OptionSet:
    """Make an option set.

    Raises:
        HapError: 10001 without a name or options, 10002 for a repeated value.
    """
    name, specs = str(body.get("name") or ""), objects(body, "options")
    if not name or not specs:
        raise HapError(PARAMETER_ERROR)
    options = new_options(store, specs)
    if len({option.value for option in options}) < len(options):
        raise HapError(VALUE_ERROR, "选项重复")
    made = OptionSet(
        store.ids.object_id(),
        name,
        options,
        enable_color=flag(body, "enableColor"),
        enable_score=flag(body, "enableScore"),
    )
    store.option_sets[made.id] = made
    return made
