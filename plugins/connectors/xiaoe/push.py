"""Opens what Xiaoe-tong pushes: signature, age, AES; what it says is `push_message`'s (xiaoe §9).

The construction is WeChat's `WXBizMsgCrypt`. Not documented, so every form that was seen is taken:
how the envelope spells its names (`MsgSignature` or `signature`), and whether the signature stands
in the XML or in the query.

What a stranger would get wrong: whoever cannot sign must cost nothing. So the envelope's few fields
are cut out by a bounded scan, the signature is checked, and only then is anything parsed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from connectors.xiaoe.push_message import (
    AccountMerge,
    PushMessage,
    PushRefusedError,
    PushUnreadableError,
    read_message,
)

__all__ = [
    "OLDEST",
    "AccountMerge",
    "PushKeys",
    "PushMessage",
    "PushRefusedError",
    "PushUnreadableError",
    "answer_url_check",
    "open_push",
]

# Retries go on for 31.6 hours (5 min, 30 min, 1 h, 6 h, 1 day). Whether they carry a new timestamp
# is not documented, so the last one must still be young enough with the first one's.
# undetermined: xiaoe.md §13.12: has a repeated push a new timestamp?
OLDEST = timedelta(days=2)

_BLOCK = 32  # WeChat pads to 32 bytes, not to AES's 16
_HEADER = 20  # 16 random bytes and the length
# Ten digits of seconds or thirteen of milliseconds, and a short nonce: signature parts are joined
# before they are hashed, so that what is not bounded could be shifted from one part to another.
_SECONDS, _MILLISECONDS = re.compile(r"[0-9]{10}"), re.compile(r"[0-9]{13}")
_NONCE = re.compile(r"[!-~]{0,48}")
_ECHO = re.compile(r"[!-;=-~]{1,64}")
_FIELD = re.compile(
    rb"<(?P<tag>encrypt|msg_?signature|signature|time_?stamp|nonce)(?:\s[^<>]{0,64})?>"
    rb"\s*(?:<!\[CDATA\[)?(?P<text>[^<\]]*)"
    rb"|\"(?P<key>encrypt|msg_?signature|signature|time_?stamp|nonce)\"\s*:\s*\"?"
    rb"(?P<value>[^\",}]*)",
    re.IGNORECASE,
)
_FIELDS_SCANNED = 16


@dataclass(frozen=True, repr=False)
class PushKeys:
    """What the shop's console shows beside the push address; printing it tells nothing.

    `check_on` is the day, in Beijing, on which the connection opens the check of the address again.
    """

    token: str
    aes_key: bytes
    app_id: str
    check_on: date | None = None


def open_push(keys: PushKeys, body: bytes, query: Mapping[str, str], now: datetime) -> PushMessage:
    """Return what a pushed request says.

    Raises PushRefusedError when the signature is wrong, the message is older than any retry can be
    or belongs to another shop, and PushUnreadableError when it is signed and makes no sense.
    """
    sent = {**_named(query.items()), **_named(_envelope(body))}
    cipher = sent.get("encrypt", "")
    _check_signature(keys, sent, cipher)
    _check_age(sent.get("timestamp", ""), now)
    text = _decrypt(keys, cipher)
    digest = hashlib.sha256("".join(cipher.split()).encode()).hexdigest()
    return read_message(text, keys.app_id, digest)


def answer_url_check(keys: PushKeys, query: Mapping[str, str], now: datetime) -> str:
    """Return the short text that proves to the console that this address knows the keys.

    The page that tells how was not readable, so both of WeChat's ways are known: an encrypted
    `echostr`, signed and to be returned in plain, and a plain one, returned as it is. A `+` that
    was sent as it is arrives as a blank.
    Raises PushRefusedError when neither signature fits, and when the text is more than a token:
    a captured message, sent as `echostr`, must not be decrypted for whoever captured it.
    """
    sent = _named(query.items())
    echo = query.get("echostr", "").replace(" ", "+")
    # undetermined: xiaoe.md §13.12: is the text that proves an address encrypted?
    try:
        _check_signature(keys, sent, echo)
    except PushRefusedError:
        _check_signature(keys, sent)
        text = echo
    else:
        text = _decrypt(keys, echo)
    _check_age(sent.get("timestamp", ""), now)
    if not _ECHO.fullmatch(text):
        raise PushRefusedError("the echostr is no token")
    return text


def _named(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return values by name; `MsgSignature`, `msg_signature` and `signature` are one to us."""
    named: dict[str, str] = {}
    for name, value in pairs:
        named.setdefault(name.lower().replace("_", ""), value.strip())
    if "msgsignature" in named:
        named["signature"] = named["msgsignature"]
    return named


def _envelope(body: bytes) -> Iterable[tuple[str, str]]:
    """Yield the envelope's fields, XML or JSON, in whatever order, without parsing anything."""
    for number, match in enumerate(_FIELD.finditer(body)):
        if number == _FIELDS_SCANNED:
            return
        name, value = match["tag"] or match["key"], match["text"] or match["value"] or b""
        yield name.decode("ascii"), value.decode("utf-8", "replace").replace("\\/", "/")


def _check_signature(keys: PushKeys, sent: Mapping[str, str], *signed: str) -> None:
    nonce = sent.get("nonce", "")
    parts = sorted((keys.token, sent.get("timestamp", ""), nonce, *signed))
    digest = hashlib.sha1("".join(parts).encode(), usedforsecurity=False).hexdigest()
    given = sent.get("signature", "").lower()
    fits = hmac.compare_digest(digest.encode(), given.encode())
    if not (fits and all(signed) and _NONCE.fullmatch(nonce)):
        raise PushRefusedError("the signature is missing or wrong")


def _check_age(timestamp: str, now: datetime) -> None:
    """Refuse what is older than any retry; a younger replay is known by its id or its digest."""
    if _SECONDS.fullmatch(timestamp):
        seconds = int(timestamp)
    elif _MILLISECONDS.fullmatch(timestamp):
        seconds = int(timestamp) // 1000
    else:
        raise PushRefusedError("the timestamp has neither 10 nor 13 digits")
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
    end = _HEADER + int.from_bytes(plain[16:_HEADER], "big")
    if not _HEADER < end <= len(plain):
        raise PushUnreadableError("it does not decrypt; push_aes_key may be another one")
    if _unpadded(plain[end:]).strip() != keys.app_id.encode():
        raise PushRefusedError("behind the message stands another app_id")
    return plain[_HEADER:end].decode("utf-8", "replace")


def _unpadded(trailer: bytes) -> bytes:
    count = trailer[-1] if trailer else 0
    padded = 1 <= count <= _BLOCK and trailer.endswith(bytes([count]) * count)
    return trailer[:-count] if padded else trailer
