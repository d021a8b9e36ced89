"""Opens what Xiaoe-tong pushes: signature, AES, XML; keeps ids alone (contracts: xiaoe §9).

The construction is WeChat's `WXBizMsgCrypt`. Three things are not documented, so every form that
was seen is taken: how the envelope spells its names (`MsgSignature` or `signature`), whether the
signature stands in the XML or in the query, and whether the decrypted XML has one root.

What a stranger would get wrong: an `order` message carries a whole order and `user_register` a
person. Nothing of that leaves this module; what a run needs it reads from the API again.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# Retries go on for 31.6 hours (5 min, 30 min, 1 h, 6 h, 1 day). Whether they carry a new timestamp
# is not documented, so the last one must still be young enough with the first one's.
OLDEST = timedelta(days=2)

_ORDERS = frozenset({"order_change", "order", "after_sale"})
_USERS = frozenset({"user_register", "user_phone_change", "user_status_change", "info_collect"})
_MERGE = "merge"  # neither the type's name nor its fields are documented (contracts: xiaoe §9.2)
_ID = re.compile(r"[!-~]{1,128}")
_USER_ID = re.compile(r"u_\w{4,64}", re.ASCII)
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MILLISECONDS = 10_000_000_000  # in seconds, this is the year 2286


class PushRefusedError(Exception):
    """The sender did not prove to be the shop; the text is for the log and never for an answer."""


class PushUnreadableError(Exception):
    """The shop sent it, and it cannot be read; the text names what, never its content."""


@dataclass(frozen=True, repr=False)
class PushKeys:
    """What the shop's console shows beside the push address; printing it tells nothing."""

    token: str
    aes_key: bytes
    app_id: str


@dataclass(frozen=True)
class PushMessage:
    """The ids of one message; `orders` and `users` are empty where it asks for nothing."""

    type: str
    message_id: str
    orders: tuple[str, ...] = ()
    users: tuple[str, ...] = ()


def open_push(keys: PushKeys, body: bytes, query: Mapping[str, str], now: datetime) -> PushMessage:
    """Return what a pushed request says.

    Raises PushRefusedError when the signature is wrong, the message is older than any retry can be
    or belongs to another shop, and PushUnreadableError when it is signed and makes no sense.
    """
    sent = {**_named(query.items()), **_named(_envelope(body))}
    _check_signature(keys, sent, sent.get("encrypt", ""))
    _check_age(sent.get("timestamp", ""), now)
    return _message(keys, _decrypt(keys, sent["encrypt"]))


def answer_url_check(keys: PushKeys, query: Mapping[str, str], now: datetime) -> str:
    """Return the text that proves to the console that this address knows the keys.

    The page that tells how was not readable, so both of WeChat's ways are known: an encrypted
    `echostr`, signed and to be returned in plain, and a plain one, returned as it is.
    Raises PushRefusedError when neither signature fits.
    """
    sent = _named(query.items())
    echo = sent.get("echostr", "")
    try:
        _check_signature(keys, sent, echo)
    except PushRefusedError:
        _check_signature(keys, sent)
        _check_age(sent.get("timestamp", ""), now)
        return echo
    _check_age(sent.get("timestamp", ""), now)
    return _decrypt(keys, echo)


def _named(pairs: Iterable[tuple[str, str | None]]) -> dict[str, str]:
    """Return values by name; `MsgSignature`, `msg_signature` and `signature` are one to us."""
    named: dict[str, str] = {}
    for name, value in pairs:
        named.setdefault(name.lower().replace("_", ""), (value or "").strip())
    if "msgsignature" in named:
        named["signature"] = named["msgsignature"]
    return named


def _envelope(body: bytes) -> Iterable[tuple[str, str | None]]:
    try:
        return [(_tag(field), field.text) for field in _parse(body.decode("utf-8", "replace"))]
    except PushUnreadableError:
        raise PushRefusedError("the body is no XML envelope") from None


def _check_signature(keys: PushKeys, sent: Mapping[str, str], *signed: str) -> None:
    parts = sorted((keys.token, sent.get("timestamp", ""), sent.get("nonce", ""), *signed))
    digest = hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()
    given = sent.get("signature", "").lower()
    if not (all(signed) and hmac.compare_digest(digest.encode(), given.encode())):
        raise PushRefusedError("the signature is missing or wrong")


def _check_age(timestamp: str, now: datetime) -> None:
    """Refuse a replay; one that is younger is known by its message id, or harmless.

    A timestamp that is no number is let through: it is signed, so the shop wrote it.
    """
    if not timestamp.isdecimal():
        return
    seconds = int(timestamp)
    seconds = seconds // 1000 if seconds > _MILLISECONDS else seconds
    if abs(now.timestamp() - seconds) > OLDEST.total_seconds():
        raise PushRefusedError("the timestamp is older than any retry, or the clocks differ")


def _decrypt(keys: PushKeys, text: str) -> str:
    """Return the message between 16 random bytes, its length, and the app id with padding."""
    try:
        sealed = base64.b64decode("".join(text.split()), validate=True)
        cipher = Cipher(algorithms.AES(keys.aes_key), modes.CBC(keys.aes_key[:16]))
        decryptor = cipher.decryptor()
        plain = decryptor.update(sealed) + decryptor.finalize()
    except ValueError:
        raise PushUnreadableError("it is not encrypted as AES-256-CBC in base64") from None
    end = 20 + int.from_bytes(plain[16:20], "big")
    if not 20 < end <= len(plain):
        raise PushUnreadableError("it does not decrypt; push_aes_key may be another one")
    return plain[20:end].decode("utf-8", "replace")


def _message(keys: PushKeys, text: str) -> PushMessage:
    root = _parse(f"<push>{_DECLARATION.sub('', text)}</push>")
    values: dict[str, str] = {}
    for field in root.iter():
        if not len(field):
            values.setdefault(_tag(field), (field.text or "").strip())
    if values.get("app_id", keys.app_id) != keys.app_id:
        raise PushRefusedError("the message belongs to another app_id")
    kind = _identifier(values.get("type", ""))
    return PushMessage(
        kind,
        _identifier(values.get("message_id", "")),
        _ids(values.get("order_id", "")) if kind in _ORDERS else (),
        _users(kind, values),
    )


def _users(kind: str, values: Mapping[str, str]) -> tuple[str, ...]:
    if kind in _USERS:
        return _ids(values.get("user_id", ""))
    if _MERGE in kind:
        return tuple(sorted({value for value in values.values() if _USER_ID.fullmatch(value)}))
    return ()


def _ids(text: str) -> tuple[str, ...]:
    identifier = _identifier(text)
    return (identifier,) if identifier else ()


def _identifier(text: str) -> str:
    """Return the text when it can be an id: so no name ever gets further, whatever is sent."""
    return text if _ID.fullmatch(text) else ""


def _parse(text: str) -> Element:
    """Parse XML without entities; what XML forbids but nicknames contain is left out."""
    try:
        root: Element = fromstring(_NOT_XML.sub("", text), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError):
        raise PushUnreadableError("it is no XML") from None
    return root


def _tag(field: Element) -> str:
    return str(field.tag)
