"""Makes JSON values out of the shapes of a report: one of the usual kind, and one of each other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Shape = Mapping[str, Any]
_MASK = re.compile(r"<([A-Za-z][\w.\- ]*) (\d+)>(?:#\d+)?|<(\d+)>")
# What stands before, again and again in the middle, and behind; without a middle it is fixed.
_AROUND = {
    "nothing": ("", "", ""),
    "blank": ("", " ", ""),
    "datetime": ("2025-07-29 07:11:24", "", ""),
    "datetime-iso": ("2025-07-29T07:11:24+08:00", "", ""),
    "date": ("2025-07-29", "", ""),
    "date-other": ("2025/7/29", "", ""),
    "uuid": ("00000000-0000-4000-8000-000000000001", "", ""),
    "json-array": ("[]", "", ""),
    "json-object": ("{}", "", ""),
    "json-string": ('"', "示", '"'),
    "decimal": ("1", "1", ".5"),
    "email": ("a", "a", "@a.test"),
    "url": ("https://a.test/", "a", ""),
    "html": ("<p>", "示", "</p>"),
    "id": ("a1", "b", ""),
    "hex": ("1", "a", ""),
    "word": ("", "a", ""),
    "latin": ("a ", "a", ""),
}
_DIGITS = {8: "20250729", 12: "202507290711", 14: "20250729071124"}  # else a unix time of 2005
_PHONES = ("13800138000", "138 0013 8000", "+8613800138000", "+86 13800138000", "+86 138 0013 8000")


class Variant(NamedTuple):
    """A value in which one place is of a kind that came; `path` and `kind` say which."""

    path: str
    kind: str
    value: Any
    put: Any


def text(form: str, length: int) -> str:
    """Return an invented text of a form and, as nearly as that can be, of a length."""
    if form.startswith("id "):
        prefix = form.removeprefix("id ")
        return "E12345678901234abcdefV2" if "." in prefix else prefix + "a1" * (length // 2)
    if form == "phone":
        return next((one for one in _PHONES if len(one) == length), _PHONES[0])
    if form == "digits":
        return _DIGITS.get(length, "1" * length)
    before, middle, after = _AROUND.get(form, ("", "示", ""))
    return before + middle * max(length - len(before + after), 1) + after if middle else before


def of_kind(kind: str, length: int) -> Any:
    """Return an invented value of a kind; of lists and objects an empty one."""
    if kind == "int":
        return int(text("digits", length))
    if kind == "float":
        return float(text("decimal", length))
    others: dict[str, Any] = {"null": None, "bool": True, "list": [], "object": {}}
    return others[kind] if kind in others else text(kind.removeprefix("string:"), length)


def unmasked(value: Any) -> Any:
    """Return what a LAYOUT, or a key, may have been."""
    if isinstance(value, list):
        return [unmasked(one) for one in value]
    if isinstance(value, dict):
        held = next(iter(value), "")
        if len(value) == 1 and re.fullmatch(r"<json-\w+>", held):
            return json.dumps(unmasked(value[held]), ensure_ascii=False)
        if list(value) == ["<lines>"]:
            return "\n".join(map(unmasked, value["<lines>"]))
        if list(value) == ["<html>"]:
            return unmasked(value["<html>"])
        return {unmasked(key): unmasked(one) for key, one in value.items()}
    if not isinstance(value, str):
        return value
    whole = _MASK.fullmatch(value)
    if whole and whole[1] in ("null", "bool", "int", "float", "list", "object"):
        return of_kind(whole[1], int(whole[2]))
    return _MASK.sub(_filled, value)


def _filled(found: re.Match[str]) -> str:
    return "a" * int(found[3]) if found[3] else text(found[1], int(found[2]))


def usual(shape: Shape) -> Any:
    """Return a value of the kind that came most, one that says something where any did."""
    exact = {key: n for key, n in shape.get("exact", {}).items() if not _is_empty(json.loads(key))}
    kinds = {kind: n for kind, (n, _, longest) in shape["kinds"].items() if longest}
    if exact and max(exact.values()) >= max(kinds.values(), default=0):
        return json.loads(max(exact, key=lambda key: exact[key]))
    kind = max(kinds or shape["kinds"], key=lambda one: shape["kinds"][one][0], default="null")
    if kind == "object":
        return {unmasked(key): usual(one) for key, one in shape.get("keys", {}).items()}
    if kind == "list":
        return [usual(shape["items"])] if "items" in shape else []
    if "holds" in shape and kind.startswith("string:json"):
        return json.dumps(usual(shape["holds"]), ensure_ascii=False)
    return of_kind(kind, shape["kinds"].get(kind, [0, 0, 0])[1])


def variants(shape: Shape) -> Iterator[Variant]:
    """Return the value of a shape once for everything that came in any one place of it."""
    for key in shape.get("exact", {}):
        yield Variant("", key, json.loads(key), json.loads(key))
    for kind, (_, shortest, longest) in shape["kinds"].items():
        if kind in ("object", "list", "null", "bool", "string:nothing"):  # `exact` has them
            continue
        for length in {shortest, longest}:
            yield Variant("", f"{kind} {length}", made := of_kind(kind, length), made)
    if shape.get("keys"):
        yield from _of_object(shape)
    if shape.get("items"):
        for one in variants(shape["items"]):
            yield one._replace(path=f"[]{one.path}", value=[one.value])
    if shape.get("holds"):
        for one in variants(shape["holds"]):
            yield one._replace(value=json.dumps(one.value, ensure_ascii=False))


def _of_object(shape: Shape) -> Iterator[Variant]:
    whole = {unmasked(key): usual(one) for key, one in shape["keys"].items()}
    yield Variant("", "object", whole, whole)
    objects = shape["kinds"]["object"][0]
    for key, one in shape["keys"].items():
        name = unmasked(key)
        for variant in variants(one):
            value = {**whole, name: variant.value}
            yield variant._replace(path=f".{name}{variant.path}", value=value)
        if one["seen"] < objects:
            without = {other: entry for other, entry in whole.items() if other != name}
            yield Variant(f".{name}", "absent", without, None)


def removals(shape: Shape) -> Iterator[tuple[str, Any]]:
    """Return the usual value of a shape once without each of its keys, at any depth."""
    if shape.get("items"):
        yield from ((f"[]{path}", [value]) for path, value in removals(shape["items"]))
    whole = usual(shape)
    for key, one in shape.get("keys", {}).items() if isinstance(whole, dict) else ():
        name = unmasked(key)
        for path, value in removals(one):
            yield f".{name}{path}", {**whole, name: value}
        yield f".{name}", {other: entry for other, entry in whole.items() if other != name}


def _is_empty(value: Any) -> bool:
    return value in (None, "", [], {})
