"""Finds the ids in a decrypted push, however it is written, and keeps nothing else of it.

What was seen or reported: one root `<doc>`, none, or several messages in one; the facts inside
`<xe_data>`, beside it, or in it as JSON; fields in any order; names that break the XML (`A&B`,
`I <3 you`); invisible characters before a field's name (contracts: xiaoe §9.1). So well-formed text
is parsed, and what is not is searched for the few fields that are wanted.

What a stranger would get wrong: an `order` message carries a whole order and `user_register` a
person. Nothing of that leaves this module; what a run needs it reads from the API again.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# An order with hundreds of lines has some thousands; what has more is no message of the shop.
MOST_FIELDS = 20_000

_ORDERS = frozenset({"order_change", "order", "after_sale"})
_USERS = frozenset(
    {"user_register", "user_phone_change", "user_status_change", "user_tag_change", "info_collect"}
)
_MERGE = "account_merge"
_DATA, _MESSAGES = "xedata", frozenset({"doc", "xml"})
_ID = re.compile(r"[!-~]{1,128}")
_SEPARATORS = re.compile(r"[\s,;，；、]+")
_INSTRUCTION = re.compile(r"<\?[^<>]{0,200}\?>")
_NAMES = "type|app_?id|message_?id|order_?id|user_?id"
_LOOSE = re.compile(
    rf"<(?P<tag>{_NAMES})(?:\s[^<>]{{0,64}})?>\s*(?:<!\[CDATA\[)?(?P<text>[^<>&\]]{{1,512}})"
    rf"|(?:[\"']|&quot;)(?P<key>{_NAMES})(?:[\"']|&quot;)\s*:\s*(?:[\"']|&quot;)?"
    r"(?P<value>[^\"'&<>,}\]]{1,512})",
    re.IGNORECASE,
)


class PushRefusedError(Exception):
    """The sender did not prove to be the shop; the text is for the log and never for an answer."""


class PushUnreadableError(Exception):
    """The shop sent it, and it cannot be read; the text names what, never its content."""


@dataclass(frozen=True)
class AccountMerge:
    """One account went into another; `merged_at` is as the shop wrote it, in Beijing time."""

    source: str
    target: str
    merged_at: str = ""


@dataclass(frozen=True)
class PushMessage:
    """The ids of one push; all of them are empty where it asks for nothing.

    `digest` is a hash of the encrypted message, by which a replay is known that tells no id.
    """

    type: str
    message_id: str
    orders: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    merges: tuple[AccountMerge, ...] = ()
    digest: str = ""

    @property
    def asks(self) -> bool:
        """Tell whether the push asks for anything to be read again."""
        return bool(self.orders or self.users or self.merges)


def read_message(text: str, app_id: str, digest: str = "") -> PushMessage:
    """Return the ids of a decrypted push, of all its messages together.

    Raises PushRefusedError when it names another shop, and PushUnreadableError when it cannot be
    read, or its type is one that asks for something and it does not say for what.
    """
    messages = list(_messages(text))
    for one in messages:
        reported = one.common.get("appid") or one.data.get("appid")
        if reported and app_id not in reported:
            raise PushRefusedError("the message belongs to another app_id")
    read = [_read(one) for one in messages]
    return PushMessage(
        read[0].type,
        read[0].message_id,
        _once(name for one in read for name in one.orders),
        _once(name for one in read for name in one.users),
        tuple(dict.fromkeys(merge for one in read for merge in one.merges)),
        digest,
    )


@dataclass
class _Message:
    """The values of one message by name: those beside `xe_data`, and those inside.

    `exact` is False where the text was not well-formed and only searched.
    """

    common: dict[str, list[str]] = field(default_factory=dict)
    data: dict[str, list[str]] = field(default_factory=dict)
    exact: bool = True

    def values(self, name: str) -> list[str]:
        return [*self.common.get(name, ()), *self.data.get(name, ())]

    def add(self, name: str, value: str, *, inside: bool) -> None:
        (self.data if inside else self.common).setdefault(_name(name), []).append(value.strip())


def _read(message: _Message) -> PushMessage:
    kinds = _ids(message.common.get("type") or message.data.get("type") or ())
    if not kinds:
        raise PushUnreadableError("it names no type")
    reported = PushMessage(kinds[0].lower(), next(iter(_ids(message.values("messageid"))), ""))
    if any(one.lower() == _MERGE for one in kinds):
        merge = _merge(message, kinds)
        return replace(reported, merges=(merge,), users=(merge.target,))
    # Several messages in one JSON list, or in a text that was only searched, share their values.
    for kind in (one.lower() for one in kinds):
        if kind in _ORDERS:
            reported = replace(
                reported, orders=_told(kind, "order_id", _ids(message.values("orderid")))
            )
        elif kind in _USERS:
            reported = replace(
                reported, users=_told(kind, "user_id", _ids(message.values("userid")))
            )
    return reported


def _merge(message: _Message, kinds: tuple[str, ...]) -> AccountMerge:
    """Return the pair; nothing is guessed here, because it decides whose an order is."""
    source, target = (_ids(message.values(name)) for name in ("sourceuserid", "targetuserid"))
    if not message.exact or len(kinds) != 1 or len(source) != 1 or len(target) != 1:
        raise PushUnreadableError(f"{_MERGE} does not name one source_user_id and one target")
    if source == target:
        raise PushUnreadableError(f"{_MERGE} names the same account twice")
    moments = [one for one in message.values("mergedat") if one.isascii() and len(one) <= 32]
    return AccountMerge(source[0], target[0], next(iter(moments), ""))


def _told(kind: str, name: str, ids: tuple[str, ...]) -> tuple[str, ...]:
    if not ids:
        raise PushUnreadableError(f"{kind} has no {name}")
    return ids


def _ids(values: Iterable[str]) -> tuple[str, ...]:
    """Return what can be ids, each once: so no name ever gets further, whatever is sent."""
    parts = (part for value in values for part in _SEPARATORS.split(value))
    return _once(part for part in parts if _ID.fullmatch(part))


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _messages(text: str) -> Iterator[_Message]:
    """Yield the messages of a text: those of its elements, its JSON, or what a search finds."""
    shown = _visible(text)
    if shown.count("<") + shown.count('"') > MOST_FIELDS:
        raise PushUnreadableError("it has more fields than any message")
    if shown.startswith(("{", "[")):
        yield _of_json(shown) or _searched(shown)
        return
    try:
        root: Element = fromstring(f"<push>{_INSTRUCTION.sub('', shown)}</push>", forbid_dtd=True)
    except DefusedXmlException:
        raise PushUnreadableError("it declares entities") from None
    except (ParseError, ValueError):
        yield _searched(shown)
        return
    several = len(root) > 0 and all(_name(one.tag) in _MESSAGES for one in root)
    for one in root if several else (root,):
        message = _Message()
        _walk(message, one)
        yield message


def _visible(text: str) -> str:
    """Return the text without what nobody sees and XML forbids: controls, BOM, U+200B."""
    kept = (c for c in text if c in "\t\n\r" or unicodedata.category(c)[0] != "C")
    return "".join(kept).strip()


def _walk(message: _Message, root: Element) -> None:
    """Note the texts of an element's fields; without recursion, since nothing bounds the depth."""
    waiting = [(root, False)]
    while waiting:
        element, inside = waiting.pop()
        inside = inside or _name(element.tag) == _DATA
        waiting += [(child, inside) for child in reversed(element)]
        if len(element):
            continue
        value = (element.text or "").strip()
        # Never beside the common fields: a person may call himself `{"type": …}`.
        if not (value.startswith(("{", "[")) and _note_json(message, value, inside=True)):
            message.add(element.tag, value, inside=inside)


def _of_json(text: str) -> _Message | None:
    message = _Message()
    return message if _note_json(message, text, inside=False) else None


def _note_json(message: _Message, text: str, *, inside: bool) -> bool:
    """Note the fields of JSON text, also of JSON inside its strings; False where it is none."""
    try:
        waiting = [("", json.loads(text, strict=False), inside)]
    except (ValueError, RecursionError):
        return _note_searched(message, text, inside=inside)
    while waiting:
        name, value, within = waiting.pop()
        if isinstance(value, dict):
            found = [(key, one, within or _name(key) == _DATA) for key, one in value.items()]
            waiting += reversed(found)
        elif isinstance(value, list):
            waiting += [(name, one, within) for one in reversed(value)]
        elif isinstance(value, str) and value.lstrip().startswith(("{", "[")):
            try:
                waiting.append((name, json.loads(value, strict=False), True))
            except (ValueError, RecursionError):
                _note_searched(message, value, inside=True)
        elif isinstance(value, str | int) and not isinstance(value, bool):
            message.add(name, str(value), inside=within)
    return True


def _searched(text: str) -> _Message:
    message = _Message()
    _note_searched(message, text, inside=False)
    return message


def _note_searched(message: _Message, text: str, *, inside: bool) -> bool:
    """Note the wanted fields of a text that is not well-formed; False where there is none."""
    found = list(_LOOSE.finditer(text))
    for match in found:
        name, value = match["tag"] or match["key"], match["text"] or match["value"]
        message.add(name, value, inside=inside)
        message.exact = False
    return bool(found)


def _name(name: str) -> str:
    """Return a field's name as it is compared: `order_id`, `orderId` and `{ns}OrderID` are one."""
    return name.rpartition("}")[2].replace("_", "").strip().lower()
