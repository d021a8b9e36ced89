"""The XML of a message before it is encrypted.

Seen in clients: one root `<doc>` or none, and facts inside `<xe_data>` or, in 2020, beside the
common fields (contracts: xiaoe §9.1).
"""

from __future__ import annotations

from xml.sax.saxutils import escape

from include.simulators.xiaoe.settings import PushSettings
from include.simulators.xiaoe.shop.happenings import Happening


def message_xml(
    happening: Happening, settings: PushSettings, *, app_id: str, message_id: str, tries: int
) -> str:
    """Return the message about a happening; `tries` is how often it was sent before."""
    common = {
        "type": happening.type,
        "app_id": app_id,
        "message_id": message_id,
        "retry_times": str(tries),
    }
    facts = _elements(happening.facts)
    nested = settings.push_data == "nested"
    body = _elements(common) + (f"<xe_data>{facts}</xe_data>" if nested else facts)
    return f"<doc>{body}</doc>" if settings.push_root == "doc" else body


def _elements(values: dict[str, str]) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in values.items())
